"""Several numbers of a contact, trunks and their lines, campaigns that fill themselves

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

from voicebot.store.migrations.types import INSTANT, JSON, SERIAL

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("contacts", "zone", sa.String(length=64)),
    ("contacts", "last_outcome", sa.String(length=32)),
    ("contacts", "last_ended_at", INSTANT),
    ("contacts", "digest", sa.String(length=64)),
    ("campaigns", "source", JSON),
    ("campaigns", "filled_at", INSTANT),
    ("campaigns", "archived_at", INSTANT),
    ("campaigns", "last_call_at", INSTANT),
    ("numbers", "refused_at", INSTANT),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.add_column("contacts", sa.Column("messages", SERIAL, nullable=False, server_default="0"))
    op.create_table(
        "contact_numbers",
        sa.Column("contact_id", SERIAL, nullable=False),
        sa.Column("position", SERIAL, nullable=False),
        sa.Column("number_id", SERIAL, nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_numbers_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name=op.f("fk_contact_numbers_number_id_numbers")),
        sa.PrimaryKeyConstraint("contact_id", "position", name=op.f("pk_contact_numbers")),
    )
    op.create_index(op.f("ix_contact_numbers_number_id"), "contact_numbers", ["number_id"])
    op.create_table(
        "trunks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("lines", SERIAL, nullable=False),
        sa.Column("last_call_at", INSTANT, nullable=True),
        sa.Column("failures", SERIAL, nullable=False),
        sa.Column("broken_until", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_trunks")),
    )
    op.create_table(
        "lines",
        sa.Column("trunk", sa.String(length=64), nullable=False),
        sa.Column("position", SERIAL, nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=True),
        sa.Column("campaign_id", SERIAL, nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_lines_attempt_id_attempts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["trunk"], ["trunks.name"], name=op.f("fk_lines_trunk_trunks"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trunk", "position", name=op.f("pk_lines")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_lines_attempt_id")),
    )
    op.drop_index(op.f("ix_contacts_campaign_id_state_priority_due_at"), "contacts")
    op.create_index(
        op.f("ix_contacts_campaign_id_state_zone_priority_due_at"),
        "contacts",
        ["campaign_id", "state", "zone", "priority", "due_at"],
    )
    op.create_index(
        op.f("ix_contacts_campaign_id_state_expires_at"), "contacts", ["campaign_id", "state", "expires_at"]
    )
    op.execute("INSERT INTO contact_numbers (contact_id, position, number_id) SELECT id, 0, number_id FROM contacts")
    op.execute("UPDATE contacts SET zone = (SELECT numbers.zone FROM numbers WHERE numbers.id = contacts.number_id)")


def downgrade() -> None:
    op.drop_index(op.f("ix_contacts_campaign_id_state_expires_at"), "contacts")
    op.drop_index(op.f("ix_contacts_campaign_id_state_zone_priority_due_at"), "contacts")
    op.create_index(
        op.f("ix_contacts_campaign_id_state_priority_due_at"),
        "contacts",
        ["campaign_id", "state", "priority", "due_at"],
    )
    op.drop_table("lines")
    op.drop_table("trunks")
    op.drop_table("contact_numbers")
    op.drop_column("contacts", "messages")
    for table, name, _ in reversed(_COLUMNS):
        op.drop_column(table, name)
