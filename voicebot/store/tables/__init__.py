"""The tables of the store, one module per family."""

from voicebot.store.tables.base import Base
from voicebot.store.tables.campaigns import (
    Attempt,
    AttemptContact,
    Campaign,
    CampaignState,
    Contact,
    ContactNumber,
    ContactState,
)
from voicebot.store.tables.cases import Case, CaseChange, CaseStage, Insurer, Policy
from voicebot.store.tables.clinic import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Doctor,
    Slot,
    SlotStatus,
)
from voicebot.store.tables.lines import Line, TrunkState
from voicebot.store.tables.messages import Outbox, Replayed, Task, TaskState
from voicebot.store.tables.nodes import Node
from voicebot.store.tables.people import Consent, ConsentKind, Gender, Guardian, Number, Patient, PatientNumber
from voicebot.store.tables.places import Service, Site
from voicebot.store.tables.schedules import Absence, Schedule
from voicebot.store.tables.talks import Call, Direction, Fact, Operation, Turn
from voicebot.store.tables.waitlist import Wait, WaitState

__all__ = [
    "Absence",
    "Appointment",
    "AppointmentChange",
    "AppointmentStatus",
    "Attempt",
    "AttemptContact",
    "Base",
    "Call",
    "Campaign",
    "CampaignState",
    "Case",
    "CaseChange",
    "CaseStage",
    "Consent",
    "ConsentKind",
    "Contact",
    "ContactNumber",
    "ContactState",
    "Direction",
    "Doctor",
    "Fact",
    "Gender",
    "Guardian",
    "Insurer",
    "Line",
    "Node",
    "Number",
    "Operation",
    "Outbox",
    "Patient",
    "PatientNumber",
    "Policy",
    "Replayed",
    "Schedule",
    "Service",
    "Site",
    "Slot",
    "SlotStatus",
    "Task",
    "TaskState",
    "TrunkState",
    "Turn",
    "Wait",
    "WaitState",
]
