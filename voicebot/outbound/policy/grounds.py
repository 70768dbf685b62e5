"""Why a decision is as it is: what each rule said, with its facts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Rule(StrEnum):
    """Rules in the order in which they are asked."""

    FINISHED = "finished"  #: the talk achieved its result
    DO_NOT_CALL = "do_not_call"
    MACHINE = "machine"  #: a machine answered, and `machine: hang_up` holds
    TRIES = "max_attempts"
    UNFINISHED = "max_unfinished"
    REFUSAL = "refusal_blackout"
    CONSENT = "consent"
    NUMBER = "number"  #: one that can be called
    ZONE = "zone"
    PAUSE = "pause"  #: after the last attempt
    NAMED_TIME = "named_time"  #: by the patient
    NUMBER_PAUSE = "number_pause"  #: somebody called this number a short while ago
    PER_DAY = "per_day"
    PER_WEEK = "per_week"
    PER_MONTH = "per_month"
    HOLIDAY = "holidays"
    WINDOW = "windows"
    PART_OF_DAY = "another_part_of_day"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class Ground:
    """What one rule said of one call."""

    rule: Rule
    allows: bool = True  #: False: never, as things stand
    until: datetime | None = None  #: the rule moved the call to this moment
    since: datetime | None = None  #: from this one
    used: int | None = None  #: of `cap`, before this call
    cap: int | None = None
