"""Was a call answered by a machine? Judged by what was said first, never by silence."""

from functools import cache
from pathlib import Path

import yaml

from voicebot.dialog.ports import Reply
from voicebot.speech.audio import RATE

#: Seconds without a pause; people say "алло", "да, слушаю вас", and wait.
_LONGEST_GREETING = 4.0


@cache
def _words() -> dict[str, list[str]]:
    words: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("machine.yaml").read_text(encoding="utf-8"))
    return words


def phrases() -> tuple[str, ...]:
    """What the recogniser listens for beside people's greetings."""
    return tuple(_words()["phrases"])


def is_machine(greeting: Reply) -> bool:
    """Whether the first thing that was said after the answer is a machine's."""
    text = f" {greeting.text} "
    too_long = greeting.clip is not None and len(greeting.clip) > _LONGEST_GREETING * RATE
    return too_long or any(f" {mark} " in text for mark in _words()["marks"])
