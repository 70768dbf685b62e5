"""What a scenario's templates may name, out of the settings and the store."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from voicebot.config import Clinic
from voicebot.errors import StoreError
from voicebot.store import appointments
from voicebot.store.appointments import AppointmentView
from voicebot.store.tables import Contact, Patient

#: Variable → its attributes: of every talk, of those with people who are called, of those about a visit, of callers.
ALWAYS: Mapping[str, frozenset[str] | None] = {"clinic": frozenset(("name", "callback_number", "messenger"))}
CALLED: Mapping[str, frozenset[str] | None] = {
    "patient": frozenset(("id", "surname", "name", "patronymic", "full_name")),
    "same_patient": None,
}
VISIT: Mapping[str, frozenset[str] | None] = {
    "visit": frozenset(("id", "starts_at", "specialty", "doctor", "place", "preparation"))
}
CALLING: Mapping[str, frozenset[str] | None] = {"desk": frozenset(("open",))}


def of_clinic(clinic: Clinic) -> dict[str, Any]:
    """`clinic`."""
    return {"name": clinic.name, "callback_number": clinic.callback_number, "messenger": clinic.messenger}


def of_appointment(view: AppointmentView, clinic: Clinic) -> dict[str, Any]:
    """`clinic`, `patient`, `visit`, and `more`: whether this call has further patients to speak of.

    `visit.starts_at` is in the zone of the place.
    """
    return {
        "more": False,
        "clinic": of_clinic(clinic),
        "patient": _of_patient(view),
        "visit": {
            "id": view.id,
            "starts_at": view.starts_at,
            "specialty": view.specialty,
            "doctor": view.doctor,
            "place": view.place,
            "preparation": view.preparation,
        },
    }


async def of_call(session: AsyncSession, contacts: Sequence[int], clinic: Clinic) -> list[dict[str, Any]]:
    """What is known for each contact of a call: the patient, the visit if there is one, the list's other columns.

    `more`: whether this call has further contacts to speak of; `same_patient`: the one before was the same person's.

    Raises:
        StoreError: a contact, or its appointment, is gone.
    """
    known = [await _of_contact(session, contact, clinic) for contact in contacts]
    for place, one in enumerate(known):
        one["more"] = place < len(known) - 1
        one["same_patient"] = place > 0 and known[place - 1]["patient"] == one["patient"]
    return known


async def _of_contact(session: AsyncSession, contact_id: int, clinic: Clinic) -> dict[str, Any]:
    contact = await session.get(Contact, contact_id)
    patient = await session.get(Patient, contact.patient_id) if contact else None
    if contact is None or patient is None:
        raise StoreError("the contact is gone", place=f"contact {contact_id}")
    if contact.appointment_id is not None:
        view = await appointments.get(session, contact.appointment_id)
        if view is None:
            raise StoreError("the appointment is gone", place=f"contact {contact_id}")
        return {**contact.data, **of_appointment(view, clinic)}
    return {**contact.data, "clinic": of_clinic(clinic), "patient": _of_patient(patient)}


def _of_patient(patient: Patient | AppointmentView) -> dict[str, Any]:
    parts = (patient.surname, patient.name, patient.patronymic)
    return {
        "id": patient.patient_id if isinstance(patient, AppointmentView) else patient.id,
        "surname": patient.surname,
        "name": patient.name,
        "patronymic": patient.patronymic,
        "full_name": " ".join(part for part in parts if part),
    }
