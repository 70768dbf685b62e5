"""The whole robot dies in a talk: what the patient hears, and that the line is free again."""

import asyncio
import time
from pathlib import Path

import pytest

from voicebot.demo import cast, run
from voicebot.demo.stage import Stage, stage
from voicebot.outcomes import Outcome
from voicebot.simulator.persona import Ends, Persona, Rule, Then
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.witness import Witness

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

SILENT_UNTIL_A_PERSON = Persona(
    about="Слушает и молчит, пока не ответит человек.",
    greets="алло",
    patience=None,
    asks_again="",
    rules=(
        Rule(hears=("регистратура",), says=("спасибо до свидания",), then=Then.HANG_UP),
        Rule(hears=("голосовой", "оператора", "связь"), then=Then.LISTEN),
    ),
    ends=Ends(outcome=Outcome.ANSWERED),
)


async def test_the_patient_is_with_a_person_soon_after_the_robot_was_killed(tmp_path: Path) -> None:
    (member, *_) = cast.load()
    async with stage(tmp_path, [member]) as on:
        await on.city.add(Subscriber(number=member.number, persona=SILENT_UNTIL_A_PERSON))
        await run.load(on, [member], run.POLICY)
        witness = await heard(on, "голосовой")
        killed = time.monotonic()
        on.robot.kill()
        async with asyncio.timeout(30):
            await on.city.quiet()
        apology = next(phrase for phrase in witness.heard if phrase.started > killed and "оператора" in phrase.text)
        assert apology.started - killed < 5
        assert any("регистратура" in phrase.text for phrase in witness.heard)
        assert "0 active channels" in await on.asterisk.command("core show channels count")


async def heard(on: Stage, word: str) -> Witness:
    """Wait until the patient has heard this word."""
    async with asyncio.timeout(60):
        while True:
            for witness in on.city.witnesses():
                if any(word in phrase.text for phrase in witness.heard):
                    return witness
            await asyncio.sleep(0.1)
