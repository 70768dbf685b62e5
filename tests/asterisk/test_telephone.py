"""The benchmarks' telephone: SIP and RTP against a real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from voicebot.errors import TelephonyError
from voicebot.simulator.connection import Connection
from voicebot.simulator.rtp import Trouble
from voicebot.simulator.telephone import Telephone
from voicebot.speech.audio import RATE, Samples
from voicebot.telephony.ari import Ari
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.media import Frame, Key

from .sound import idle, strength, tone

pytestmark = pytest.mark.asterisk
THERE, LIMIT = "+74950000001", 20.0


@asynccontextmanager
async def connected(asterisk: LocalAsterisk, trouble: Trouble) -> AsyncIterator[tuple[Telephone, Connection]]:
    """A telephone, and the robot's end of its call."""
    async with Ari(asterisk.ari) as ari, Telephone("+79160000001", asterisk.ports.sip, trouble) as phone:
        calling = asyncio.create_task(phone.call(THERE, LIMIT))
        start = await anext(ari.arrivals())
        assert start["channel"]["caller"]["number"] == "+79160000001"
        async with Connection(ari, start["channel"]["id"]) as line:
            await line.answer()
            assert await calling
            yield phone, line


async def first(heard: AsyncIterator[Frame] | AsyncIterator[Frame | Key], seconds: float) -> Samples:
    """What comes in, without what is silent."""
    frames: list[Samples] = []
    async with asyncio.timeout(10):
        async for frame in heard:
            if isinstance(frame, Frame) and np.abs(frame.samples).max() > 300:
                frames.append(frame.samples)
            if len(frames) * 0.02 >= seconds:
                return np.concatenate(frames)
    raise AssertionError("the other side hung up")


async def test_both_sides_hear_each_other_and_the_robot_hangs_up(robot_asterisk: LocalAsterisk) -> None:
    async with connected(robot_asterisk, Trouble(jitter=0.03)) as (phone, line):
        media = await line.sound()
        media.play(tone(700, 2.0))
        said = phone.sound.play(tone(440, 2.0))
        here, there = await asyncio.gather(first(aiter(phone.sound), 1.0), first(aiter(media), 1.0))
        assert strength(here, 700) > 0.95
        assert strength(there, 440) > 0.95
        assert said.first_frame_at is not None and 0.9 < said.sent / RATE <= 2.0
    async with asyncio.timeout(5):
        async for _ in phone.sound:  # ends, for the robot has hung up
            pass


async def test_an_echo_comes_back_softer(robot_asterisk: LocalAsterisk) -> None:
    async with connected(robot_asterisk, Trouble(echo_db=-12)) as (_, line):
        media = await line.sound()
        media.play(tone(700, 2.0))
        back = await first(aiter(media), 1.0)
        assert strength(back, 700) > 0.95
        loudness = 20 * np.log10(np.abs(back).max() / np.abs(tone(700, 1.0)).max())
        assert loudness == pytest.approx(-12, abs=1)


async def test_a_telephone_that_is_put_down_frees_the_line(robot_asterisk: LocalAsterisk) -> None:
    async with connected(robot_asterisk, Trouble()) as (phone, line):
        await phone.__aexit__(None, None, None)
        assert not await line.stays(5)
    await idle(robot_asterisk)


async def test_a_call_that_is_refused_or_not_answered_is_over(robot_asterisk: LocalAsterisk) -> None:
    async with Ari(robot_asterisk.ari) as ari:
        for limit, refuses in ((LIMIT, True), (1.0, False)):
            async with Telephone("+79160000001", robot_asterisk.ports.sip) as phone:
                calling = asyncio.create_task(phone.call(THERE, limit))
                channel = (await anext(ari.arrivals()))["channel"]["id"]
                if refuses:
                    await ari.hang_up(channel)
                assert not await calling
            await idle(robot_asterisk)


async def test_a_port_at_which_nobody_speaks_sip_is_named(unused_port: int) -> None:
    async with Telephone("+79160000001", unused_port) as phone:
        with pytest.raises(TelephonyError, match=str(unused_port)):
            await phone.call(THERE, 0.7)
