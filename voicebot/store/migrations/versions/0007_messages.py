"""A talk may end in a message left on an answering machine

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("attempt_contacts", "calls")
_BEFORE = (
    *("confirmed", "cancelled", "rescheduled", "booked", "callback_requested", "wrong_person", "refused"),
    *("interested", "not_interested", "transferred", "completed", "hung_up", "no_input", "error"),
)
_AFTER = (*_BEFORE, "message_left")


def upgrade() -> None:
    _allow(_BEFORE, _AFTER)


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"UPDATE {table} SET result = NULL WHERE result = 'message_left'")
    _allow(_AFTER, _BEFORE)


def _allow(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    for table in _TABLES:
        if op.get_bind().dialect.name == "sqlite":
            _rewrite_check(table, old, new)
        else:
            op.drop_constraint(op.f(f"ck_{table}_result"), table)
            op.create_check_constraint(op.f(f"ck_{table}_result"), table, f"result IN ({_list(new)})")


def _rewrite_check(table: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """Change the CHECK in the table's text, as SQLite's page on ALTER TABLE advises: rebuilding the table instead
    would delete, by its foreign keys, what belongs to its rows.
    """
    connection = op.get_bind()
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    before = connection.execute(query, {"table": table}).scalar_one()
    after = before.replace(f"result IN ({_list(old)})", f"result IN ({_list(new)})")
    if after == before:
        raise RuntimeError(f"the CHECK of {table}.result is not as revision 0006 left it")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table")
    connection.execute(change, {"sql": after, "table": table})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
