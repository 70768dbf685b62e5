"""Machines are known by what they say; people and silence are never taken for one."""

import numpy as np
import pytest

from voicebot.dialog import machine
from voicebot.dialog.ports import Reply, ReplyKind
from voicebot.speech.audio import RATE


def spoken(text: str, seconds: float = 1.0) -> Reply:
    return Reply(kind=ReplyKind.SPEECH, text=text, clip=np.zeros(round(seconds * RATE), dtype=np.int16))


@pytest.mark.parametrize("text", machine.phrases())
def test_whatever_is_listened_for_is_a_machine(text: str) -> None:
    assert machine.is_machine(spoken(text))


@pytest.mark.parametrize(
    "text", ["алло", "да слушаю", "алло кто это", "", "регистратура слушаю вас", "да говорите пожалуйста"]
)
def test_a_person_is_not(text: str) -> None:
    assert not machine.is_machine(spoken(text))


def test_speaking_on_and_on_is_a_machine_s_way() -> None:
    assert machine.is_machine(spoken("", seconds=6.0))


def test_silence_is_not_a_machine() -> None:
    assert not machine.is_machine(Reply(kind=ReplyKind.SILENCE))
