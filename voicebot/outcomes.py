"""How a dialling ended (outcome) and what a talk achieved (result)."""

from enum import StrEnum


class Outcome(StrEnum):
    """How one attempt ended; every attempt ends in exactly one."""

    ANSWERED = "answered"  #: somebody, or a machine not recognised as one, picked up
    BUSY = "busy"  #: SIP 486 or 600
    NO_ANSWER = "no_answer"  #: rang until our own time limit, or 480
    MACHINE = "machine"  #: voicemail or a carrier's announcement
    REJECTED = "rejected"  #: refused by hand (603, 403)
    UNREACHABLE = "unreachable"  #: switched off or out of coverage
    INVALID_NUMBER = "invalid_number"  #: no such number (404, 484)
    CONGESTION = "congestion"  #: the trunk or the network has no room (503, cause 34)
    FAILED = "failed"  #: any other refusal by the network
    BLOCKED = "blocked"  #: the last gate: do-not-call, consent, cap
    CANCELLED = "cancelled"  #: stopped by us while ringing
    NOT_DIALLED = "not_dialled"  #: a crash before the INVITE, proven
    LOST = "lost"  #: a crash, and nothing proven


class Result(StrEnum):
    """What a talk achieved for one contact; one per (call, contact)."""

    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    BOOKED = "booked"
    CALLBACK_REQUESTED = "callback_requested"
    WRONG_PERSON = "wrong_person"
    REFUSED = "refused"
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    TRANSFERRED = "transferred"
    COMPLETED = "completed"
    HUNG_UP = "hung_up"
    MESSAGE_LEFT = "message_left"  #: on an answering machine
    NO_INPUT = "no_input"  #: somebody is there, but says nothing that can be used
    ERROR = "error"  #: the robot failed; the call was handed over or ended politely
