"""From a kind and a text to its reading."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from voicebot.language import (
    answers,
    dates,
    identity,
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
from voicebot.language.reading import Context, Kind, Question, Reading

Parser = Callable[[str, Context], Reading]


def _answer(text: str, context: Context) -> Reading:
    """Where it is known who was asked for, a name is an answer too."""
    if context.question is Question.IDENTITY and context.against:
        return identity.parse_answer(text, context)
    return answers.parse(text, context)


PARSERS: Mapping[Kind, Parser] = MappingProxyType(
    {
        Kind.ANSWER: _answer,
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
