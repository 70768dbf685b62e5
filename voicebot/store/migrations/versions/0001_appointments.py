"""Patients, numbers, doctors, slots and appointments

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op

from voicebot.store.migrations.types import INSTANT, JSON, SERIAL, one_of

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doctors",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doctors")),
        sa.UniqueConstraint("external_id", name=op.f("uq_doctors_external_id")),
        sa.UniqueConstraint("name", "specialty", name=op.f("uq_doctors_name_specialty")),
    )
    op.create_table(
        "numbers",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("do_not_call", sa.Boolean(), nullable=False),
        sa.Column("do_not_call_at", INSTANT, nullable=True),
        sa.Column("do_not_call_why", sa.String(), nullable=True),
        sa.Column("next_call_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbers")),
        sa.UniqueConstraint("e164", name=op.f("uq_numbers_e164")),
    )
    op.create_table(
        "patients",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("surname", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("patronymic", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("gender", one_of("male", "female", "other", "unknown", name="gender"), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patients")),
        sa.UniqueConstraint("external_id", name=op.f("uq_patients_external_id")),
    )
    op.create_index(op.f("ix_patients_name_key"), "patients", ["name_key"], unique=False)
    op.create_table(
        "patient_numbers",
        sa.Column("patient_id", SERIAL, nullable=False),
        sa.Column("number_id", SERIAL, nullable=False),
        sa.ForeignKeyConstraint(
            ["number_id"], ["numbers.id"], name=op.f("fk_patient_numbers_number_id_numbers"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patients.id"], name=op.f("fk_patient_numbers_patient_id_patients"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("patient_id", "number_id", name=op.f("pk_patient_numbers")),
    )
    op.create_index(op.f("ix_patient_numbers_number_id"), "patient_numbers", ["number_id"], unique=False)
    op.create_table(
        "slots",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("doctor_id", SERIAL, nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column(
            "status",
            one_of("free", "busy", "busy-tentative", "busy-unavailable", "entered-in-error", name="status"),
            nullable=False,
        ),
        sa.Column("held_by", sa.String(length=64), nullable=True),
        sa.Column("held_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name=op.f("fk_slots_doctor_id_doctors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slots")),
        sa.UniqueConstraint("doctor_id", "starts_at", name=op.f("uq_slots_doctor_id_starts_at")),
    )
    op.create_index(op.f("ix_slots_status_starts_at"), "slots", ["status", "starts_at"], unique=False)
    op.create_table(
        "appointments",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("patient_id", SERIAL, nullable=False),
        sa.Column("slot_id", SERIAL, nullable=True),
        sa.Column("doctor_id", SERIAL, nullable=True),
        sa.Column("specialty", sa.String(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("preparation", sa.String(), nullable=False),
        sa.Column(
            "status",
            one_of(
                "proposed",
                "pending",
                "booked",
                "arrived",
                "fulfilled",
                "cancelled",
                "noshow",
                "entered-in-error",
                "checked-in",
                "waitlist",
                name="status",
            ),
            nullable=False,
        ),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctors.id"], name=op.f("fk_appointments_doctor_id_doctors")),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_appointments_patient_id_patients")),
        sa.ForeignKeyConstraint(["slot_id"], ["slots.id"], name=op.f("fk_appointments_slot_id_slots")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointments")),
        sa.UniqueConstraint("external_id", name=op.f("uq_appointments_external_id")),
    )
    op.create_index(
        op.f("ix_appointments_patient_id_starts_at"), "appointments", ["patient_id", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_appointments_starts_at"), "appointments", ["starts_at"], unique=False)
    op.create_index(
        "uq_appointments_slot_id_living",
        "appointments",
        ["slot_id"],
        unique=True,
        sqlite_where=sa.text("status NOT IN ('cancelled', 'entered-in-error', 'noshow')"),
        postgresql_where=sa.text("status NOT IN ('cancelled', 'entered-in-error', 'noshow')"),
    )
    op.create_table(
        "appointment_changes",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("appointment_id", SERIAL, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointments.id"],
            name=op.f("fk_appointment_changes_appointment_id_appointments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_changes")),
    )
    op.create_index(
        op.f("ix_appointment_changes_appointment_id"), "appointment_changes", ["appointment_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("appointment_changes")
    op.drop_table("appointments")
    op.drop_table("slots")
    op.drop_table("patient_numbers")
    op.drop_table("patients")
    op.drop_table("numbers")
    op.drop_table("doctors")
