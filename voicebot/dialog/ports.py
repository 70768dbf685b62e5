"""What a dialogue needs from the world; telephone, terminal and tests implement it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from voicebot.speech.audio import Samples
from voicebot.speech.pace import Ending, Silences
from voicebot.store.policies import PolicyCheck


def _open(_text: str) -> Ending:
    return Ending.OPEN


def _never(_text: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What the robot says: plain Russian, cut at prosodic breaks so that prepared fragments can be joined."""

    fragments: tuple[str, ...] = ()
    lead: int = 0  #: so many fragments come before the question; what is said during them answers something else

    @property
    def text(self) -> str:
        return " ".join(self.fragments)

    def __add__(self, other: "Prompt") -> "Prompt":
        """This, and then that: a question keeps what comes before it as its lead."""
        return Prompt(fragments=self.fragments + other.fragments, lead=len(self.fragments) + other.lead)


@dataclass(frozen=True, kw_only=True)
class Listening:
    """What a turn listens for."""

    grammar: tuple[str, ...] = ()  #: phrases the recogniser is limited to (`[unk]` is added); empty: dictation
    keys: str = ""  #: DTMF keys that are answers
    max_keys: int = 1  #: so many keys end the answer; fewer end it after a pause or by #
    barge_in: bool = True  #: whether speech stops the prompt
    no_input: timedelta = timedelta(seconds=6)  #: silence after the prompt before the reply is SILENCE
    silences: Silences = field(default_factory=Silences)  #: how long a silence ends the answer
    max_answer: timedelta = timedelta(seconds=20)
    ending: Callable[[str], Ending] = field(default=_open, compare=False)  #: must more follow these words?
    interrupts: Callable[[str], bool] = field(default=_never, compare=False)  #: may these words cut the lead short?


class ReplyKind(StrEnum):
    """How the other side answered."""

    SPEECH = "speech"  #: something was said; `text` is empty when no word of the grammar was heard
    KEYS = "keys"
    SILENCE = "silence"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer of the other side.

    Instants are `time.monotonic()` seconds, None where they do not apply.
    """

    kind: ReplyKind
    text: str = ""
    keys: str = ""
    confidence: float = 0.0
    clip: Samples | None = None  #: the answer's sound
    prompt_heard: float = 1.0  #: share of the prompt that had been played when the answer began
    prompt_started: float | None = None  #: first frame of the prompt sent
    voice_ended: float | None = None  #: last voiced sample
    decided: float | None = None  #: end of turn decided, text settled


@dataclass(frozen=True, kw_only=True)
class Handover:
    """What an operator is told: travels in a SIP header and lies in the store."""

    call_id: str
    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)


class Line(Protocol):
    """One call, as a dialogue sees it. Every method raises `HungUp` when the other side is gone."""

    @property
    def call_id(self) -> str: ...

    async def say(self, prompt: Prompt) -> float | None:
        """Speak to the end; gives the instant of the first frame."""

    async def ask(self, prompt: Prompt, listening: Listening) -> Reply:
        """Speak while listening, then wait for the answer."""

    async def transfer(self, handover: Handover) -> bool:
        """Give the caller to a person; True when a person took the call, False when the caller came back."""

    async def hang_up(self) -> None:
        """End the call; harmless when it has ended."""


class Clock(Protocol):
    """What time it is; tests and the demo may turn it."""

    def now(self) -> datetime:
        """Aware."""


class PolicyChecker(Protocol):
    """An insurer's database, asked while the caller waits."""

    async def check(self, number: str, *, birth_date: date | None, country: str) -> PolicyCheck:
        """Whether a policy (letters and digits joined) is good now in a country (ISO code, or empty).

        Raises:
            OutsideError: the insurer refused, or did not answer in time.
        """
