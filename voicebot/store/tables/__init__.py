"""The tables of the store, one module per family."""

from voicebot.store.tables.base import Base
from voicebot.store.tables.campaigns import (
    Attempt,
    AttemptContact,
    Campaign,
    CampaignState,
    Contact,
    ContactState,
)
from voicebot.store.tables.clinic import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Doctor,
    Slot,
    SlotStatus,
)
from voicebot.store.tables.messages import Outbox, Task, TaskState
from voicebot.store.tables.nodes import Node
from voicebot.store.tables.people import Gender, Number, Patient, PatientNumber
from voicebot.store.tables.places import Service, Site
from voicebot.store.tables.talks import Call, Direction, Fact, Operation, Turn

__all__ = [
    "Appointment",
    "AppointmentChange",
    "AppointmentStatus",
    "Attempt",
    "AttemptContact",
    "Base",
    "Call",
    "Campaign",
    "CampaignState",
    "Contact",
    "ContactState",
    "Direction",
    "Doctor",
    "Fact",
    "Gender",
    "Node",
    "Number",
    "Operation",
    "Outbox",
    "Patient",
    "PatientNumber",
    "Service",
    "Site",
    "Slot",
    "SlotStatus",
    "Task",
    "TaskState",
    "Turn",
]
