"""Calls, turns, facts, operations, tasks and the outbox

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

from voicebot.store.migrations.types import INSTANT, JSON, SERIAL, one_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("direction", one_of("inbound", "outbound", name="direction"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("dialled", sa.String(length=20), nullable=False),
        sa.Column("attempt_id", sa.String(length=64), nullable=True),
        sa.Column("scenario", sa.String(length=128), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
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
        sa.Column("recording", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_calls_attempt_id_attempts"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_calls_attempt_id")),
    )
    op.create_index(op.f("ix_calls_number_started_at"), "calls", ["number", "started_at"], unique=False)
    op.create_index(op.f("ix_calls_started_at"), "calls", ["started_at"], unique=False)
    op.create_table(
        "facts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("clip", sa.String(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_facts_call_id_calls"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    op.create_index(op.f("ix_facts_call_id_turn"), "facts", ["call_id", "turn"], unique=False)
    op.create_table(
        "operations",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("result", JSON, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_operations_call_id_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "turn", "action", name=op.f("pk_operations")),
    )
    op.create_table(
        "tasks",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", one_of("open", "taken", "done", name="state"), nullable=False),
        sa.Column("about", JSON, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("taken_by", sa.String(), nullable=True),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_tasks_call_id_calls"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index(op.f("ix_tasks_call_id"), "tasks", ["call_id"], unique=False)
    op.create_index(op.f("ix_tasks_state_due_at"), "tasks", ["state", "due_at"], unique=False)
    op.create_table(
        "turns",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("step", sa.String(length=128), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("reply_kind", sa.String(length=16), nullable=True),
        sa.Column("reply_text", sa.String(), nullable=False),
        sa.Column("reply_keys", sa.String(length=64), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("prompt_heard", sa.Float(), nullable=True),
        sa.Column("reply_latency_ms", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_turns_call_id_calls"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call_id", "no", name=op.f("pk_turns")),
    )


def downgrade() -> None:
    op.drop_table("turns")
    op.drop_table("tasks")
    op.drop_table("operations")
    op.drop_table("facts")
    op.drop_table("calls")
    op.drop_table("outbox")
