"""Schedules, the waiting list, consents and guardians, policies and cases, replayed journal entries

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

from voicebot.store.migrations.types import INSTANT, JSON, SERIAL, one_of

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "insurers",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hints", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insurers")),
        sa.UniqueConstraint("code", name=op.f("uq_insurers_code")),
    )
    op.create_table(
        "replayed",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replayed")),
    )
    op.create_table(
        "absences",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("doctor_id", SERIAL, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctors.id"], name=op.f("fk_absences_doctor_id_doctors"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
        sa.UniqueConstraint("doctor_id", "starts_at", "ends_at", name=op.f("uq_absences_doctor_id_starts_at_ends_at")),
    )
    op.create_index(op.f("ix_absences_doctor_id_starts_at"), "absences", ["doctor_id", "starts_at"])
    op.create_table(
        "consents",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("patient_id", SERIAL, nullable=True),
        sa.Column("number_id", SERIAL, nullable=True),
        sa.Column("kind", one_of("advertising", "recording", "messages", "data", name="kind"), nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.CheckConstraint("patient_id IS NOT NULL OR number_id IS NOT NULL", name=op.f("ck_consents_whose")),
        sa.ForeignKeyConstraint(
            ["number_id"], ["numbers.id"], name=op.f("fk_consents_number_id_numbers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_consents_patient_id_patients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_number_id_kind"), "consents", ["number_id", "kind"])
    op.create_index(op.f("ix_consents_patient_id_kind"), "consents", ["patient_id", "kind"])
    op.create_table(
        "guardians",
        sa.Column("patient_id", SERIAL, nullable=False),
        sa.Column("guardian_id", SERIAL, nullable=False),
        sa.Column("relation", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["guardian_id"], ["patients.id"], name=op.f("fk_guardians_guardian_id_patients"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_guardians_patient_id_patients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("patient_id", "guardian_id", name=op.f("pk_guardians")),
    )
    op.create_index(op.f("ix_guardians_guardian_id"), "guardians", ["guardian_id"])
    op.create_table(
        "policies",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("insurer_id", SERIAL, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("patient_id", SERIAL, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("deductible", sa.Numeric(precision=12, scale=2, asdecimal=False), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["insurer_id"], ["insurers.id"], name=op.f("fk_policies_insurer_id_insurers")),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_policies_patient_id_patients"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint("insurer_id", "number", name=op.f("uq_policies_insurer_id_number")),
    )
    op.create_index(op.f("ix_policies_name_key"), "policies", ["name_key"])
    op.create_index(op.f("ix_policies_number"), "policies", ["number"])
    op.create_index(op.f("ix_policies_patient_id"), "policies", ["patient_id"])
    op.create_table(
        "schedules",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("doctor_id", SERIAL, nullable=False),
        sa.Column("site_id", SERIAL, nullable=False),
        sa.Column("service_id", SERIAL, nullable=True),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("breaks", JSON, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctors.id"], name=op.f("fk_schedules_doctor_id_doctors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_schedules_service_id_services")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_schedules_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint(
            "doctor_id",
            "site_id",
            "weekdays",
            "starts",
            "valid_from",
            name=op.f("uq_schedules_doctor_id_site_id_weekdays_starts_valid_from"),
        ),
    )
    op.create_table(
        "cases",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("patient_id", SERIAL, nullable=True),
        sa.Column("policy_id", SERIAL, nullable=True),
        sa.Column(
            "stage",
            one_of("new", "registered", "organising", "provided", "closed", "cancelled", name="stage"),
            nullable=False,
        ),
        sa.Column("insured", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("policy_number", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("complaint", sa.String(), nullable=False),
        sa.Column("red_flag", sa.Boolean(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("serve_by", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_cases_call_id_calls"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_cases_patient_id_patients")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policies.id"], name=op.f("fk_cases_policy_id_policies"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_call_id"), "cases", ["call_id"])
    op.create_index(op.f("ix_cases_created_at"), "cases", ["created_at"])
    op.create_index(op.f("ix_cases_patient_id"), "cases", ["patient_id"])
    op.create_index(op.f("ix_cases_stage_due_at"), "cases", ["stage", "due_at"])
    op.create_table(
        "waitlist",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("patient_id", SERIAL, nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("doctor_id", SERIAL, nullable=True),
        sa.Column("site_id", SERIAL, nullable=True),
        sa.Column("appointment_id", SERIAL, nullable=True),
        sa.Column("wish", JSON, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column(
            "state", one_of("waiting", "offered", "booked", "withdrawn", "expired", name="state"), nullable=False
        ),
        sa.Column("slot_id", SERIAL, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_waitlist_appointment_id_appointments"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"], ["doctors.id"], name=op.f("fk_waitlist_doctor_id_doctors"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_waitlist_patient_id_patients"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_waitlist_site_id_sites")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_waitlist_slot_id_slots"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist")),
    )
    op.create_index(op.f("ix_waitlist_patient_id"), "waitlist", ["patient_id"])
    op.create_index(op.f("ix_waitlist_slot_id"), "waitlist", ["slot_id"])
    op.create_index(op.f("ix_waitlist_state_specialty_created_at"), "waitlist", ["state", "specialty", "created_at"])
    op.create_table(
        "case_changes",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("case_id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_changes_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_changes")),
    )
    op.create_index(op.f("ix_case_changes_case_id"), "case_changes", ["case_id"])


def downgrade() -> None:

    op.drop_table("case_changes")
    op.drop_table("waitlist")
    op.drop_table("cases")
    op.drop_table("schedules")
    op.drop_table("policies")
    op.drop_table("guardians")
    op.drop_table("consents")
    op.drop_table("absences")
    op.drop_table("replayed")
    op.drop_table("insurers")
