"""What a parser gives: values with their grounds, confidence and ambiguity.

Every parser has one shape: `parse(text, context) -> Reading`. Text is what a recogniser writes: Russian, lower case,
no punctuation, its typical mistakes included. A parser never raises on any text and never guesses: where two readings
are possible it gives both, the likelier first, and says `ambiguous`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What can be understood."""

    ANSWER = "answer"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    WHEN = "when"  #: date, time and range together
    NAME = "name"
    SPECIALTY = "specialty"
    VITALS = "vitals"
    PLACE = "place"
    PHONE = "phone"
    POLICY = "policy"


#: What is said digit by digit: a part of it may be taken for the whole, and other numbers for it.
DICTATED = frozenset((Kind.PHONE, Kind.POLICY))


class Question(StrEnum):
    """The proposition of the question that was asked; an answer's polarity is agreement with it."""

    PLAIN = "plain"  #: no particular question
    IDENTITY = "identity"  #: are you this person?
    ATTENDANCE = "attendance"  #: will you come?
    CANCEL = "cancel"  #: shall I cancel it?
    OFFER = "offer"  #: does this suit you?
    ANYTHING_ELSE = "anything_else"  #: is there anything else?
    CONSENT = "consent"  #: do you agree?


class Intent(StrEnum):
    """What a speaker wants or tells; one utterance may carry several."""

    YES = "yes"
    NO = "no"
    DONT_KNOW = "dont_know"
    WILL_COME = "will_come"
    WONT_COME = "wont_come"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    LATER = "later"
    ALREADY_BEEN = "already_been"
    WRONG_PERSON = "wrong_person"
    RELATIVE = "relative"
    WHO_IS_THIS = "who_is_this"
    ARE_YOU_ROBOT = "are_you_robot"
    REPEAT = "repeat"
    LOUDER = "louder"
    SLOWER = "slower"
    OPERATOR = "operator"
    STOP_CALLING = "stop_calling"
    COMPLAINT = "complaint"
    GREETING = "greeting"
    FILLER = "filler"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    EMERGENCY = "emergency"
    UNKNOWN = "unknown"


class Polarity(StrEnum):
    """Agreement with the proposition of the question."""

    YES = "yes"
    NO = "no"


class Grain(StrEnum):
    """How exact a time is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    PART_OF_DAY = "part_of_day"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a parser may know beside the text."""

    question: Question = Question.PLAIN
    now: datetime  #: aware; relative dates count from it, in its zone
    between: tuple[time, time] | None = None  #: the times on offer: resolve "в три" without part of day
    against: str = ""  #: the full name that identity is checked against
    directory: Sequence[str] = ()  #: doctors or services that a name may mean

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("Context.now must be aware")


@dataclass(frozen=True, kw_only=True)
class Value:
    """One reading of (a part of) an utterance.

    `value` is a JSON value in the conventions of `voicebot understand`: a number, an ISO date, time or instant,
    `{"from", "to"}` (half-open), an intent, a key, a mapping.
    """

    value: Any
    words: str  #: the words it came from, as they stand in the text
    confidence: float  #: 0…1, how sure the reading is, given the words
    grain: Grain | None = None
    excluded: bool = False  #: named only to be ruled out ("только не понедельник")

    def as_json(self) -> dict[str, Any]:
        """In the shape of `voicebot understand --json`: `grain` for times only, `excluded` only where it is so."""
        shown: dict[str, Any] = {"value": self.value}
        if self.grain:
            shown["grain"] = self.grain.value
        shown |= {"words": self.words, "confidence": self.confidence}
        return shown | {"excluded": True} if self.excluded else shown


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that was understood, best reading first."""

    text: str
    values: tuple[Value, ...] = ()
    ambiguous: bool = False
    polarity: Polarity | None = None  #: only for `Kind.ANSWER`
    extra: dict[str, Any] = field(default_factory=dict)  #: e.g. {"match": "full"} of a name

    @property
    def best(self) -> Any:
        """The best value, or None."""
        return self.values[0].value if self.values else None

    def says(self, intent: Intent) -> bool:
        """Whether the intent is among the values."""
        return any(value.value == intent for value in self.values)

    def as_json(self, kind: Kind) -> dict[str, Any]:
        """In the shape of `voicebot understand --json`."""
        shown = {"text": self.text, "values": [value.as_json() for value in self.values], "ambiguous": self.ambiguous}
        if kind is Kind.ANSWER:
            shown["polarity"] = self.polarity.value if self.polarity else None
        return shown | self.extra
