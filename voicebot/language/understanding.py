"""From a kind and a text to its reading."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from voicebot.language import (
    answers,
    dates,
    names,
    numbers,
    phones,
    places,
    policies,
    specialties,
    times,
    vitals,
    when,
)
from voicebot.language.reading import Context, Kind, Reading

Parser = Callable[[str, Context], Reading]

PARSERS: Mapping[Kind, Parser] = MappingProxyType(
    {
        Kind.ANSWER: answers.parse,
        Kind.NUMBER: numbers.parse,
        Kind.DATE: dates.parse,
        Kind.TIME: times.parse,
        Kind.WHEN: when.parse,
        Kind.NAME: names.parse,
        Kind.SPECIALTY: specialties.parse,
        Kind.VITALS: vitals.parse,
        Kind.PLACE: places.parse,
        Kind.PHONE: phones.parse,
        Kind.POLICY: policies.parse,
    }
)


def understand(kind: Kind, text: str, context: Context) -> Reading:
    """Read `text` as a value of `kind`; never raises on any text."""
    return PARSERS[kind](text, context)
