"""Breaks the robot on purpose, to prove that the demonstration can fail: `python -m voicebot.demo.sabotage KIND`."""

import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum


class Sabotage(StrEnum):
    """What is broken."""

    WRONG_DATE = "wrong-date"  #: the robot tells the day after the visit
    MUTE = "mute"  #: the robot's phrases are silence
    SWAP_ANSWERS = "swap-answers"  #: the robot takes yes for no and no for yes


def _wrong_date() -> None:
    from voicebot.language import speaking

    tell = speaking.FILTERS["date"]

    def a_day_late(value: datetime, *arguments: object) -> str:
        return str(tell(value + timedelta(days=1), *arguments))

    speaking.FILTERS = {**speaking.FILTERS, "date": a_day_late}


def _mute() -> None:
    from voicebot.speech.audio import Samples
    from voicebot.speech.phrasebook import Phrasebook

    speak = Phrasebook.speech

    async def silent(self: Phrasebook, fragments: Sequence[str]) -> Samples:
        return (await speak(self, fragments)) * 0

    Phrasebook.speech = silent  # type: ignore[method-assign]


def _swap_answers() -> None:
    from dataclasses import replace

    from voicebot.language import understanding
    from voicebot.language.reading import Context, Kind, Polarity, Reading

    hear = understanding.understand
    other = {Polarity.YES: Polarity.NO, Polarity.NO: Polarity.YES, None: None}

    def swapped(kind: Kind, text: str, context: Context) -> Reading:
        reading = hear(kind, text, context)
        return replace(reading, polarity=other[reading.polarity])

    understanding.understand = swapped


_BREAK: dict[Sabotage, Callable[[], None]] = {
    Sabotage.WRONG_DATE: _wrong_date,
    Sabotage.MUTE: _mute,
    Sabotage.SWAP_ANSWERS: _swap_answers,
}


def main() -> None:
    """Break, then serve: the parts to be broken must not have been imported by others yet."""
    _BREAK[Sabotage(sys.argv[1])]()
    from voicebot import config
    from voicebot.app import service

    service.run(config.load())


if __name__ == "__main__":
    main()
