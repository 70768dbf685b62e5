"""Sound between the robot and a callee, over real SIP."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from voicebot.speech.audio import RATE, Samples
from voicebot.telephony.ari import Ari
from voicebot.telephony.bridged import BridgedMedia
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.media import Frame, Key, Playback
from voicebot.telephony.media_audiosocket import MediaAudiosocket
from voicebot.telephony.media_websocket import MediaWebsocket

from .sound import frames, recorded, strength, tone, voiced

pytestmark = pytest.mark.asterisk

ECHO, MILLIWATT, KEYS = "+79990000001", "+79990000002", "+79990000004"


both_media = pytest.mark.parametrize("kind", [MediaWebsocket, MediaAudiosocket])


@asynccontextmanager
async def call(
    asterisk: LocalAsterisk, number: str, kind: type[BridgedMedia] = MediaWebsocket
) -> AsyncIterator[BridgedMedia]:
    async with Ari(asterisk.ari) as ari:
        inbox = ari.inbox("call")
        await ari.originate(f"PJSIP/{number}@trunk", channel_id="call", ring_timeout=10)
        await inbox.wait_for("StasisStart")
        media = await kind.connect(ari, "call")
        try:
            yield media
        finally:
            await media.close()
            await ari.hang_up("call")


async def listen(media: BridgedMedia, seconds: float) -> Samples:
    frames: list[Samples] = []
    async for heard in media:
        if isinstance(heard, Frame):
            frames.append(heard.samples)
        if len(frames) * 0.02 >= seconds:
            break
    return np.concatenate(frames)


async def reach(media: BridgedMedia, playback: Playback, seconds: float) -> None:
    while (missing := seconds - media.position(playback)) > 0:  # noqa: ASYNC110
        await asyncio.sleep(missing / 4 + 0.001)


@both_media
async def test_sound_goes_both_ways(
    kind: type[BridgedMedia], robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    async with call(robot_asterisk, MILLIWATT, kind) as media:
        playback = media.play(tone(440, 2.0))
        heard = await listen(media, 1.5)
        assert await media.played(playback)
    assert strength(heard[RATE // 2 :], 1004) > 0.95
    assert voiced(await recorded(network, "heard.wav"), 440) == pytest.approx(2.0, abs=0.08)


@both_media
async def test_a_flush_silences_the_robot_at_once(
    kind: type[BridgedMedia], robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    async with call(robot_asterisk, MILLIWATT, kind) as media:
        playback = media.play(tone(440, 4.0))
        await reach(media, playback, 1.0)
        position = media.position(playback)
        media.flush()
        assert not await media.played(playback)
        await asyncio.sleep(0.5)
    assert voiced(await recorded(network, "heard.wav"), 440) == pytest.approx(position, abs=0.08)


@both_media
async def test_a_held_phrase_goes_on_where_it_was(
    kind: type[BridgedMedia], robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    async with call(robot_asterisk, MILLIWATT, kind) as media:
        playback = media.play(np.concatenate([tone(440, 1.0), tone(600, 1.0)]))
        await reach(media, playback, 0.5)
        media.hold(True)
        await asyncio.sleep(0.6)
        assert media.position(playback) == pytest.approx(0.5, abs=0.05)
        media.hold(False)
        assert await media.played(playback)
    file = await recorded(network, "heard.wav")
    assert voiced(file, 440) == pytest.approx(1.0, abs=0.08)
    assert voiced(file, 600) == pytest.approx(1.0, abs=0.08)


async def test_ducking_is_heard_in_what_already_lay_in_asterisk(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    async with call(robot_asterisk, MILLIWATT) as media:
        playback = media.play(tone(440, 2.0))
        await reach(media, playback, 1.0)
        media.duck(20)
        assert await media.played(playback)
    loud = 0.02 * sum(np.abs(part).max() > 5000 for part in frames(await recorded(network, "heard.wav")))
    assert loud == pytest.approx(1.0, abs=0.08)


async def test_phrases_follow_each_other_without_a_gap(robot_asterisk: LocalAsterisk, network: LocalAsterisk) -> None:
    async with call(robot_asterisk, ECHO) as media:
        await asyncio.sleep(0.3)
        playbacks = [media.play(tone(440, 0.505)) for _ in range(3)]
        heard = await listen(media, 2.2)
        assert all([await media.played(playback) for playback in playbacks])
    loud = np.flatnonzero(np.abs(heard) > 3000)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(3 * 0.505, abs=0.06)


async def test_a_robot_that_stands_still_for_a_second_is_heard_without_a_hole(
    robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    async with call(robot_asterisk, MILLIWATT) as media:
        playback = media.play(tone(440, 3.0))
        await reach(media, playback, 0.5)
        time.sleep(1.0)  # noqa: ASYNC251 (the event loop is what must stand still)
        assert await media.played(playback)
    loud = np.flatnonzero([np.abs(part).max() > 2000 for part in frames(await recorded(network, "heard.wav"))])
    assert len(loud) * 0.02 == pytest.approx(3.0, abs=0.06)
    assert loud[-1] - loud[0] <= len(loud) + 1


@both_media
async def test_a_key_is_heard_once(
    kind: type[BridgedMedia], robot_asterisk: LocalAsterisk, network: LocalAsterisk
) -> None:
    keys: list[str] = []

    async def collect(media: BridgedMedia) -> None:
        async for heard in media:
            if isinstance(heard, Key):
                keys.append(heard.digit)

    async with call(robot_asterisk, KEYS, kind) as media:
        try:
            async with asyncio.timeout(2.5):
                await collect(media)
        except TimeoutError:
            pass
    assert keys == ["5", "#"]


async def test_the_robots_silence_still_sends_packets(robot_asterisk: LocalAsterisk, network: LocalAsterisk) -> None:
    async with call(robot_asterisk, ECHO) as media:
        heard = await listen(media, 1.0)
    assert len(heard) == RATE
    assert not np.any(np.abs(heard) > 100)
