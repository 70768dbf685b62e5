"""The city against a plain script in the robot's place: what the people hear, do and testify."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.errors import CityError
from voicebot.simulator.city import City
from voicebot.simulator.facts import Truth
from voicebot.simulator.persona import Pickup, persona
from voicebot.simulator.segments import PhraseEnd, Segments
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.voices import Studio, Voice
from voicebot.simulator.witness import EndedBy, Seen
from voicebot.speech.audio import RATE, silence
from voicebot.telephony.ari import Ari
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.media import Key
from voicebot.telephony.media_websocket import MediaWebsocket
from voicebot.telephony.ports import Ports

TODAY = date(2026, 11, 21)
TRUTH = Truth.of_visit(name="Иванова Мария Петровна", day=date(2026, 11, 24), at=time(15, 30), specialist="кардиолог")
ROBOT_VOICE = Voice(variant="steph2", words_per_minute=145)

GREETING = ("Здравствуйте!", "Это голосовой робот, поликлиника Здоровье.", "Я говорю с", "Иванова Мария Петровна?")
VISIT = (
    *("Вы записаны на приём.", "Врач: кардиолог.", "Двадцать четвёртого ноября,", "во вторник,"),
    *("в пятнадцать часов тридцать минут.", "Адрес: улица Садовая, кабинет пять.", "Вы сможете прийти?"),
)
WRONG_VISIT = tuple(
    part.replace("Двадцать четвёртого", "Двадцать пятого").replace("вторник", "среду") for part in VISIT
)
CONFIRMED = ("Спасибо, ваша запись подтверждена.", "До свидания.")
WHY = ("Хорошо.", "Скажите пожалуйста, почему?")

STATUSES = {486: (17, 486), 603: (21, 603), 404: (1, 404), 480: (19, 480), 503: (34, 503), 484: (28, 484)}

pytestmark = pytest.mark.asterisk


class Script:
    """A robot that says its lines, each after the other side has spoken; it understands nothing."""

    def __init__(self, media: MediaWebsocket, studio: Studio) -> None:
        self.media, self.studio = media, studio
        self.keys = ""
        self._phrase_ended = asyncio.Event()

    async def listen(self) -> None:
        segments = Segments()
        async for item in self.media:
            if isinstance(item, Key):
                self.keys += item.digit
                self._phrase_ended.set()
            elif any(isinstance(event, PhraseEnd) for event in segments.feed(item.samples, item.at)):
                self._phrase_ended.set()

    async def play(self, *lines: tuple[str, ...]) -> None:
        for line in lines:
            await self._phrase_ended.wait()
            sounds = [sound for part in line for sound in (await self.studio.phrase(ROBOT_VOICE, part), silence(0.2))]
            await self.media.played(self.media.play(np.concatenate(sounds)))
            self._phrase_ended.clear()


class Robot:
    """Dials, and says its lines to who answers."""

    def __init__(self, ari: Ari, studio: Studio) -> None:
        self.ari, self.studio = ari, studio
        self.keys = ""

    async def call(self, number: str, *lines: tuple[str, ...], ring_timeout: float = 10) -> tuple[int, int] | None:
        """Returns ISDN cause and SIP status when the call was not answered."""
        channel_id = f"robot-{number}"
        inbox = self.ari.inbox(channel_id)
        await self.ari.originate(
            f"PJSIP/{number}@trunk",
            channel_id=channel_id,
            ring_timeout=ring_timeout,
            caller_id="+74950000000",
        )
        async with asyncio.timeout(15):
            async for event in inbox:
                if event["type"] == "ChannelDestroyed":
                    return event["cause"], event["tech_cause"]
                if event["type"] == "StasisStart":
                    break
        await self.talk(channel_id, *lines)
        return None

    async def talk(self, channel_id: str, *lines: tuple[str, ...]) -> None:
        """Say the lines, then hang up; end sooner when the other side does. Keeps the keys that were pressed."""
        media = await MediaWebsocket.connect(self.ari, channel_id)
        script = Script(media, self.studio)
        try:
            async with asyncio.timeout(90), asyncio.TaskGroup() as group:
                end = self.ari.inbox(channel_id).wait_for("StasisEnd")
                tasks = [group.create_task(work) for work in (script.listen(), script.play(*lines), end)]
                await asyncio.wait(tasks[1:], return_when=asyncio.FIRST_COMPLETED)
                for task in tasks:
                    task.cancel()
        finally:
            await media.close()
            await self.ari.hang_up(channel_id)
            self.keys = script.keys


NUMBERS = {
    "+79160000001": "confirms",
    "+79160000002": "cancels",
    "+79160000003": "busy",
    "+79160000004": "no_answer",
    "operator": "operator",
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[tuple[Robot, City]]:
    own, outside = Ports.free(), Ports.free()
    people = [
        Subscriber(number=number, persona=persona(key), voice=Voice.numbered(index), truth=TRUTH)
        for index, (number, key) in enumerate(NUMBERS.items())
    ]
    sounds = {"robot-lost": silence(0.1), "goodbye": silence(0.1)}
    asterisk = LocalAsterisk(tmp_path / "robot", values={"trunk_port": outside.sip}, ports=own, sounds=sounds)
    city = City(tmp_path / "city", robot=asterisk.sip, subscribers=people, ports=outside, today=TODAY, ring_seconds=0.2)
    studio = Studio()
    try:
        async with asterisk, city, Ari(asterisk.ari) as ari:
            for line in (GREETING, VISIT, WRONG_VISIT, CONFIRMED, WHY):
                await studio.prepare(ROBOT_VOICE, line)
            yield Robot(ari, studio), city
            print(*city.witnesses(), sep="\n")  # noqa: T201 (pytest shows it on failure)
            print(city.asterisk.log_file.read_text(errors="replace"))  # noqa: T201 (pytest shows it on failure)
    finally:
        studio.close()


async def test_a_patient_hears_the_facts_answers_and_testifies(world: tuple[Robot, City]) -> None:
    robot, city = world
    await robot.call("+79160000001", GREETING, VISIT, CONFIRMED)
    await city.quiet()
    (witness,) = city.witnesses()
    assert (witness.persona, witness.caller_id, witness.seen) == ("confirms", "+74950000000", Seen.ANSWERED)
    assert witness.facts == {kind: tuple(values) for kind, values in TRUTH.values.items()}
    assert witness.errors == ()
    assert [one.text for one in witness.said] == ["алло", "да это я", "да приду"]
    assert "до свидания" in witness.heard[-1].text
    assert witness.ended_by is EndedBy.ROBOT
    # The script answers when its own ear has heard 650 ms of silence.
    latencies = [reply.milliseconds for reply in (witness.greeting, *witness.replies) if reply]
    assert len(latencies) == 3
    assert all(640 <= latency <= 1000 for latency in latencies), latencies
    assert witness.recording
    recording, rate = soundfile.read(witness.recording)
    assert rate == RATE
    assert recording.shape[1] == 2


async def test_wrong_facts_do_not_escape_the_patient(world: tuple[Robot, City]) -> None:
    robot, city = world
    await asyncio.gather(
        robot.call("+79160000001", GREETING, WRONG_VISIT, CONFIRMED),
        robot.call("+79160000002", GREETING, VISIT, WHY, CONFIRMED),
    )
    await city.quiet()
    misled, cancels = city.witnesses()
    if misled.persona == "cancels":
        misled, cancels = cancels, misled
    assert misled.errors == ("date: heard 2026-11-25", "weekday: heard среда", "date: not heard")
    assert [one.text for one in cancels.said] == ["алло слушаю", "да это я", "нет не приду", "я на работе"]
    assert cancels.errors == ()


async def test_telephones_that_are_not_answered_say_so_in_sip(world: tuple[Robot, City]) -> None:
    robot, city = world
    refusals = {status: persona("busy").model_copy(update={"answers": (Pickup(refuse=status),)}) for status in STATUSES}
    for status, somebody in refusals.items():
        await city.add(Subscriber(number=f"+791600{status:05}", persona=somebody))
    assert {status: await robot.call(f"+791600{status:05}") for status in STATUSES} == STATUSES
    assert await robot.call("+79169999999") == (1, 404)
    assert await robot.call("+79160000004", ring_timeout=1) == (19, 480)
    await city.quiet()
    seen = [(witness.seen, witness.status) for witness in city.witnesses()]
    assert seen == [*((Seen.REFUSED, status) for status in STATUSES), (Seen.REFUSED, 404), (Seen.RANG, None)]


async def test_keys_are_pressed_and_the_answer_to_them_is_measured(world: tuple[Robot, City]) -> None:
    robot, city = world
    await city.add(Subscriber(number="+79160000007", persona=persona("presses_keys"), truth=TRUTH))
    await robot.call("+79160000007", GREETING, CONFIRMED)
    await city.quiet()
    (witness,) = city.witnesses()
    assert robot.keys == "1"
    assert [one.text for one in witness.said] == ["алло", "1"]
    assert len(witness.replies) == 1


async def test_a_name_that_cannot_be_heard_is_refused_at_once(world: tuple[Robot, City]) -> None:
    _, city = world
    truth = Truth.of_visit(name="Иванов Шамиль Петрович", day=TODAY, at=time(9), specialist="хирург")
    with pytest.raises(CityError, match="does not know the name 'шамиль'"):
        await city.add(Subscriber(number="+79160000009", persona=persona("confirms"), truth=truth))


async def test_a_patient_hangs_up_in_the_middle_of_a_phrase(world: tuple[Robot, City]) -> None:
    robot, city = world
    await city.add(Subscriber(number="+79160000005", persona=persona("hangs_up"), voice=Voice(variant="f4")))
    await robot.call("+79160000005", GREETING, VISIT)
    await city.quiet()
    (witness,) = city.witnesses()
    assert witness.ended_by is EndedBy.PERSON
    assert len(witness.heard) == 1
    (phrase,) = witness.heard
    assert phrase.text.startswith("здравствуйте")
    assert phrase.ended - phrase.started < 2.3


async def test_a_caller_dials_the_robot_and_gets_an_operator_who_has_the_context(world: tuple[Robot, City]) -> None:
    robot, city = world
    caller = Subscriber(
        number="+79160000006", persona=persona("wants_operator").model_copy(update={"greets": ""}), voice=Voice()
    )
    call = asyncio.create_task(city.call(caller, "+74951112233"))
    async with asyncio.timeout(5):
        channel = (await anext(robot.ari.arrivals()))["channel"]
    assert (channel["caller"]["number"], channel["dialplan"]["exten"]) == ("+79160000006", "+74951112233")
    await robot.ari.answer(channel["id"])
    await robot.ari.set_variable(channel["id"], "__VOICEBOT_HANDOVER", "eyJjYWxsIjogMX0=")
    await robot.ari.continue_in_dialplan(channel["id"], "operators")
    async with asyncio.timeout(30):
        witness = await call
        await city.quiet()
    assert (witness.seen, witness.ended_by) == (Seen.ANSWERED, EndedBy.PERSON)
    assert witness.heard[-1].text.endswith("регистратура слушаю вас")
    assert [one.text for one in witness.said] == ["спасибо до свидания"]
    operator = city.witnesses()[-1]
    assert operator.handover == "eyJjYWxsIjogMX0="
    assert [one.text for one in operator.said] == ["регистратура слушаю вас"]
    assert operator.ended_by is EndedBy.ROBOT
