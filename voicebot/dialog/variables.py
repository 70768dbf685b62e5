"""What a scenario's templates may name, out of the settings and the store."""

from collections.abc import Mapping
from typing import Any

from voicebot.config import Clinic
from voicebot.store.appointments import AppointmentView

#: Variable → its attributes: of every talk, of those with people who are called, of those about a visit, of callers.
ALWAYS: Mapping[str, frozenset[str] | None] = {"clinic": frozenset(("name", "callback_number"))}
CALLED: Mapping[str, frozenset[str] | None] = {
    "patient": frozenset(("surname", "name", "patronymic", "full_name")),
    "same_patient": None,
}
VISIT: Mapping[str, frozenset[str] | None] = {
    "visit": frozenset(("id", "starts_at", "specialty", "doctor", "place", "preparation"))
}
CALLING: Mapping[str, frozenset[str] | None] = {}


def of_clinic(clinic: Clinic) -> dict[str, Any]:
    """`clinic`."""
    return {"name": clinic.name, "callback_number": clinic.callback_number}


def of_appointment(view: AppointmentView, clinic: Clinic) -> dict[str, Any]:
    """`clinic`, `patient`, `visit`, and `more`: whether this call has further patients to speak of.

    `visit.starts_at` is in the zone of the place.
    """
    return {
        "more": False,
        "clinic": of_clinic(clinic),
        "patient": {
            "surname": view.surname,
            "name": view.name,
            "patronymic": view.patronymic,
            "full_name": view.patient,
        },
        "visit": {
            "id": view.id,
            "starts_at": view.starts_at,
            "specialty": view.specialty,
            "doctor": view.doctor,
            "place": view.place,
            "preparation": view.preparation,
        },
    }
