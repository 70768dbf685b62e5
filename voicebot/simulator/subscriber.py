"""One telephone of the city: its number, who answers it, and what is true of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from voicebot.simulator.facts import Truth
from voicebot.simulator.persona import Persona
from voicebot.simulator.voices import Voice


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Somebody with a telephone."""

    number: str  #: E.164, or a name such as `operator`
    persona: Persona
    voice: Voice = field(default_factory=Voice)
    truth: Truth = field(default_factory=Truth)

    @property
    def sound(self) -> Voice:
        """The voice as this person uses it, and where they are."""
        persona = self.persona
        return replace(
            self.voice,
            words_per_minute=persona.words_per_minute or self.voice.words_per_minute,
            noise_db=self.voice.noise_db if persona.noise_db is None else persona.noise_db,
        )


def by_line(subscribers: Iterable[Subscriber]) -> dict[str, Subscriber]:
    """Subscribers by telephone. Several on one are the first one's persona, for whom the truths of all are true."""
    lines: dict[str, Subscriber] = {}
    for one in subscribers:
        line = line_of(one.number)
        first = lines.get(line, one)
        lines[line] = replace(first, truth=first.truth | one.truth)
    return lines


def line_of(number: str) -> str:
    """The same telephone however it is dialled: `+7916…`, `7916…` and `8916…` are one."""
    digits = re.sub(r"\D", "", number)
    if len(digits) == 11 and digits.startswith("8"):
        digits = "7" + digits[1:]
    return digits or number
