"""Campaigns, contacts, attempts and nodes

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

from voicebot.store.migrations.types import INSTANT, JSON, SERIAL, one_of

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("scenario", sa.String(length=128), nullable=False),
        sa.Column("state", one_of("draft", "running", "paused", "stopped", "finished", name="state"), nullable=False),
        sa.Column("policy", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("name", name=op.f("uq_campaigns_name")),
    )
    op.create_index(op.f("ix_campaigns_state"), "campaigns", ["state"], unique=False)
    op.create_table(
        "nodes",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("beat_at", INSTANT, nullable=False),
        sa.Column("stopped_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nodes")),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number_id", SERIAL, nullable=False),
        sa.Column("campaign_id", SERIAL, nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("trunk", sa.String(length=64), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column(
            "outcome",
            one_of(
                "answered",
                "busy",
                "no_answer",
                "machine",
                "rejected",
                "unreachable",
                "invalid_number",
                "congestion",
                "failed",
                "blocked",
                "cancelled",
                "not_dialled",
                "lost",
                name="outcome",
            ),
            nullable=True,
        ),
        sa.Column("cause", SERIAL, nullable=True),
        sa.Column("tech_cause", SERIAL, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_attempts_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name=op.f("fk_attempts_number_id_numbers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index(op.f("ix_attempts_campaign_id"), "attempts", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_attempts_number_id_created_at"), "attempts", ["number_id", "created_at"], unique=False)
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["node"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_attempts_number_id_open",
        "attempts",
        ["number_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("campaign_id", SERIAL, nullable=False),
        sa.Column("patient_id", SERIAL, nullable=False),
        sa.Column("number_id", SERIAL, nullable=False),
        sa.Column("appointment_id", SERIAL, nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column(
            "state",
            one_of("waiting", "calling", "done", "given_up", "expired", "withdrawn", name="state"),
            nullable=False,
        ),
        sa.Column("priority", SERIAL, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("tries", SERIAL, nullable=False),
        sa.Column("unfinished", SERIAL, nullable=False),
        sa.Column("why", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_contacts_appointment_id_appointments")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_contacts_campaign_id_campaigns"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["number_id"], ["numbers.id"], name=op.f("fk_contacts_number_id_numbers")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_contacts_patient_id_patients")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint(
            "campaign_id", "patient_id", "subject", name=op.f("uq_contacts_campaign_id_patient_id_subject")
        ),
    )
    op.create_index(
        op.f("ix_contacts_campaign_id_state_priority_due_at"),
        "contacts",
        ["campaign_id", "state", "priority", "due_at"],
        unique=False,
    )
    op.create_index(op.f("ix_contacts_number_id_state"), "contacts", ["number_id", "state"], unique=False)
    op.create_table(
        "attempt_contacts",
        sa.Column("attempt_id", sa.String(length=64), nullable=False),
        sa.Column("contact_id", SERIAL, nullable=False),
        sa.Column(
            "result",
            one_of(
                "confirmed",
                "cancelled",
                "rescheduled",
                "booked",
                "callback_requested",
                "wrong_person",
                "refused",
                "interested",
                "not_interested",
                "transferred",
                "completed",
                "hung_up",
                "no_input",
                "error",
                name="result",
            ),
            nullable=True,
        ),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("callback_at", INSTANT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_attempt_contacts_attempt_id_attempts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_attempt_contacts_contact_id_contacts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", name=op.f("pk_attempt_contacts")),
    )
    op.create_index(op.f("ix_attempt_contacts_contact_id"), "attempt_contacts", ["contact_id"], unique=False)


def downgrade() -> None:
    op.drop_table("attempt_contacts")
    op.drop_table("contacts")
    op.drop_table("attempts")
    op.drop_table("nodes")
    op.drop_table("campaigns")
