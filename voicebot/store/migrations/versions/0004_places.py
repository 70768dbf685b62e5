"""Sites and services; where and for what a slot is

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

from voicebot.store.migrations.types import SERIAL

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_REFERENCES = (
    ("slots", "site_id", "sites"),
    ("slots", "service_id", "services"),
    ("appointments", "site_id", "sites"),
    ("appointments", "service_id", "services"),
)


def upgrade() -> None:
    op.create_table(
        "sites",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("external_id", name=op.f("uq_sites_external_id")),
        sa.UniqueConstraint("name", name=op.f("uq_sites_name")),
    )
    op.create_table(
        "services",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("preparation", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("external_id", name=op.f("uq_services_external_id")),
        sa.UniqueConstraint("name", name=op.f("uq_services_name")),
    )
    op.create_index(op.f("ix_services_specialty"), "services", ["specialty"])
    for table, column, other in _REFERENCES:
        reference = sa.ForeignKey(f"{other}.id", name=op.f(f"fk_{table}_{column}_{other}"))
        # Written with the column: SQLite cannot add a constraint to a table that is there.
        op.add_column(table, sa.Column(column, SERIAL, reference, nullable=True), inline_references=True)
    op.add_column("slots", sa.Column("room", sa.String(), nullable=False, server_default=""))
    op.add_column("patients", sa.Column("zone", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_slots_doctor_id_status_starts_at"), "slots", ["doctor_id", "status", "starts_at"])
    held = sa.text("held_by IS NOT NULL")
    op.create_index("ix_slots_held_by", "slots", ["held_by"], sqlite_where=held, postgresql_where=held)
    op.create_index(op.f("ix_doctors_specialty"), "doctors", ["specialty"])
    op.create_index(op.f("ix_patients_birth_date"), "patients", ["birth_date"])


def downgrade() -> None:
    op.drop_index(op.f("ix_patients_birth_date"), "patients")
    op.drop_index(op.f("ix_doctors_specialty"), "doctors")
    op.drop_index("ix_slots_held_by", "slots")
    op.drop_index(op.f("ix_slots_doctor_id_status_starts_at"), "slots")
    op.drop_column("patients", "zone")
    op.drop_column("slots", "room")
    for table, column, _ in reversed(_REFERENCES):
        op.drop_column(table, column)
    op.drop_table("services")
    op.drop_table("sites")
