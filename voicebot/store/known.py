"""Whether what somebody names by its id is there."""

from sqlalchemy.orm import Session

from voicebot.errors import StoreError
from voicebot.store.tables import Appointment, Base, Doctor, Patient, Slot

#: What a person calls it, and where they find its id.
_NAMES: dict[type[Base], tuple[str, str]] = {
    Patient: ("patient", "`voicebot patient find` shows ids."),
    Doctor: ("doctor", "`voicebot schedule show` shows ids."),
    Slot: ("slot", "`voicebot schedule slots` shows ids."),
    Appointment: ("visit", "`voicebot schedule visits` shows ids."),
}


def require(session: Session, table: type[Base], row_id: int) -> None:
    """Raises StoreError where there is no such patient, doctor, slot or visit; says where ids are found."""
    name, mend = _NAMES[table]
    if session.get(table, row_id) is None:
        raise StoreError(f"no such {name}", place=f"{name} {row_id}", mend=mend)
