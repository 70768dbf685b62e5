"""One turn: barge-in, ducking, keys, silence; with a scripted ear."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import numpy as np
import pytest

from voicebot.dialog.ports import Listening, Reply, ReplyKind
from voicebot.speech.audio import FRAME, RATE, Samples
from voicebot.speech.ear import Ears, Event, Partial, Utterance, VoiceStarted, VoiceStopped
from voicebot.telephony.media import Frame, Key, Media, Playback
from voicebot.telephony.turn import DUCK_AFTER, HOLD_AT_MOST, WORD_STANDS, Turn

QUICK = timedelta(seconds=0.2)


class FakeMedia:
    """Notes what is done to the prompt."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.heard = 0.0
        self._over = asyncio.Event()

    async def played(self, _playback: Playback) -> bool:
        await self._over.wait()
        return "flush" not in self.done

    def end(self) -> None:
        self._over.set()

    def flush(self) -> None:
        self.done.append("flush")
        self._over.set()

    def duck(self, decibels: float) -> None:
        self.done.append(f"duck {decibels:g}")

    def hold(self, on: bool) -> None:
        self.done.append("hold" if on else "go on")

    def go_back(self, _playback: Playback, sample: int) -> None:
        self.done.append(f"back to {sample}")

    def position(self, _playback: Playback) -> float:
        return self.heard

    def sounding(self) -> float:
        return 0.0


class FakeEar:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self.closed = False
        self.fed: list[float] = []

    def feed(self, _samples: Samples, at: float) -> None:
        self.fed.append(at)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self.queue.get()) is not None:
            yield event

    def close(self) -> None:
        self.closed = True
        self.queue.put_nowait(None)


class FakeEars:
    def __init__(self) -> None:
        self.opened: list[FakeEar] = []

    def open(self, _grammar: object, **_limits: object) -> FakeEar:
        self.opened.append(FakeEar())
        return self.opened[-1]


class Stage:
    """A turn under way."""

    def __init__(self, listening: Listening, *, prompt: bool = True, ears: bool = True, lead: int = 0) -> None:
        self.media = FakeMedia()
        self.ears = FakeEars()
        hearing = cast(Ears, self.ears) if ears else None
        breaks = (0, RATE // 2, RATE)
        earlier = [Frame(samples=np.zeros(FRAME, dtype=np.int16), at=at) for at in (1.0, 1.02)]
        self.turn = Turn(cast(Media, self.media), hearing, listening, earlier=earlier, lead=lead, breaks=breaks)
        self.prompt = Playback(np.ones(2 * RATE, dtype=np.int16)) if prompt else None
        self.task = asyncio.create_task(self.turn.answer(self.prompt))

    async def hear(self, *events: Event | Key) -> None:
        await settle()
        for event in events:
            if isinstance(event, Key):
                self.turn.hear(event)
            else:
                self.ears.opened[0].queue.put_nowait(event)
        await settle()

    async def reply(self) -> Reply:
        return await asyncio.wait_for(self.task, 2)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def utterance(text: str, started: float | None = None, lasted: float = 0.5) -> Utterance:
    now = time.monotonic()
    started = now - 0.5 - lasted if started is None else started
    clip = np.zeros(RATE, dtype=np.int16)
    facts: dict[str, Any] = {"started": started, "ended": started + lasted, "decided": now}
    return Utterance(text=text, words=(), confidence=0.9, clip=clip, **facts)


def key(digit: str) -> Key:
    return Key(digit=digit, at=time.monotonic())


async def test_a_word_of_the_step_silences_the_prompt_and_the_answer_ends_the_turn() -> None:
    stage = Stage(Listening())
    stage.media.heard = 1.0
    began = time.monotonic()
    await stage.hear(VoiceStarted(at=began), Partial(text="да", at=began - WORD_STANDS))
    assert stage.media.done == ["flush"]
    await stage.hear(utterance("да", began))
    reply = await stage.reply()
    assert (reply.kind, reply.text, reply.confidence) == (ReplyKind.SPEECH, "да", 0.9)
    assert reply.prompt_heard == pytest.approx(0.5, abs=0.02)
    assert stage.ears.opened[0].closed


async def test_a_word_that_is_taken_back_at_once_stops_nothing() -> None:
    stage = Stage(Listening())
    stage.media.heard = 1.0
    now = time.monotonic()
    later = now + 60  # no machine is so slow that they stand before the test has ended
    await stage.hear(VoiceStarted(at=now), Partial(text="нет", at=later), Partial(text="", at=later))
    await stage.hear(Partial(text="да", at=later), Partial(text="да приду", at=now - WORD_STANDS))
    assert "flush" not in stage.media.done  # "да" has not stood yet, whatever follows
    await stage.hear(Partial(text="", at=later), Partial(text="да", at=now - WORD_STANDS))
    assert "flush" in stage.media.done
    stage.task.cancel()


async def test_a_cough_neither_stops_the_prompt_nor_ends_the_turn() -> None:
    stage = Stage(Listening(no_input=QUICK))
    await stage.hear(VoiceStarted(at=time.monotonic()), Partial(text="", at=0.0), utterance(""))
    assert "flush" not in stage.media.done
    assert not stage.task.done()
    stage.media.end()
    assert (await stage.reply()).kind is ReplyKind.SILENCE


async def test_voice_lowers_the_prompt_and_its_end_raises_it() -> None:
    stage = Stage(Listening())
    await stage.hear(VoiceStarted(at=time.monotonic() - DUCK_AFTER))
    assert stage.media.done == ["duck 15"]
    await stage.hear(VoiceStopped(at=time.monotonic()))
    assert stage.media.done == ["duck 15", "duck 0"]
    stage.task.cancel()


async def test_what_is_said_after_an_interruption_is_as_loud_as_ever() -> None:
    stage = Stage(Listening())
    stage.media.heard = 1.0
    began = time.monotonic() - DUCK_AFTER
    await stage.hear(VoiceStarted(at=began))
    await stage.hear(Partial(text="да", at=began - WORD_STANDS))
    assert stage.media.done == ["duck 15", "flush", "duck 0"]
    stage.task.cancel()


async def test_voice_without_a_word_for_700_ms_no_longer_lowers_the_prompt() -> None:
    stage = Stage(Listening())
    await stage.hear(VoiceStarted(at=time.monotonic() - 0.65))
    assert stage.media.done == ["duck 15"]
    await asyncio.sleep(0.1)
    await stage.hear()
    assert stage.media.done == ["duck 15", "duck 0"]
    stage.task.cancel()


async def test_yes_to_the_question_before_is_no_answer_to_the_one_that_is_still_to_come() -> None:
    stage = Stage(Listening(no_input=QUICK), lead=RATE)
    stage.media.heard = 0.3
    began = time.monotonic()
    await stage.hear(VoiceStarted(at=began), Partial(text="да", at=began - WORD_STANDS), utterance("да", began))
    assert "flush" not in stage.media.done
    stage.media.end()
    assert (await stage.reply()).kind is ReplyKind.SILENCE


async def test_what_was_said_since_the_last_turn_is_listened_to() -> None:
    stage = Stage(Listening())
    await stage.hear()
    assert stage.ears.opened[0].fed == [1.0, 1.02]
    stage.task.cancel()


async def test_an_answer_begun_before_the_question_is_not_its_answer() -> None:
    stage = Stage(Listening(no_input=QUICK))
    began = time.monotonic() - 1.0  # before the prompt
    await stage.hear(VoiceStarted(at=began), Partial(text="да", at=began - WORD_STANDS), utterance("да", began))
    assert "flush" not in stage.media.done
    stage.media.end()
    assert (await stage.reply()).kind is ReplyKind.SILENCE


async def test_what_may_interrupt_is_heard_even_before_the_question() -> None:
    stage = Stage(Listening(interrupts=lambda text: text == "оператора"), lead=RATE)
    stage.media.heard = 0.3
    began = time.monotonic()
    await stage.hear(
        VoiceStarted(at=began), Partial(text="оператора", at=began - WORD_STANDS), utterance("оператора", began)
    )
    assert "flush" in stage.media.done
    assert (await stage.reply()).text == "оператора"


async def test_a_date_is_not_spoken_over_somebody_but_begun_again_after_them() -> None:
    stage = Stage(Listening(), lead=RATE)
    stage.media.heard = 0.8
    await stage.hear(VoiceStarted(at=time.monotonic() - DUCK_AFTER))
    assert stage.media.done == ["hold"]
    await stage.hear(VoiceStopped(at=time.monotonic()))
    assert stage.media.done == ["hold", f"back to {RATE // 2}", "go on"]
    stage.task.cancel()


async def test_noise_holds_the_prompt_up_for_a_moment_only() -> None:
    stage = Stage(Listening(), lead=RATE)
    await stage.hear(VoiceStarted(at=time.monotonic() - HOLD_AT_MOST + 0.05))
    assert stage.media.done == ["hold"]
    await asyncio.sleep(0.1)
    await stage.hear()
    assert stage.media.done == ["hold", "back to 0", "go on"]
    stage.task.cancel()


async def test_a_prompt_that_must_be_heard_is_not_interrupted() -> None:
    stage = Stage(Listening(barge_in=False))
    await settle()
    assert stage.ears.opened == []
    stage.media.end()
    await settle()
    await stage.hear(utterance("да"))
    assert (await stage.reply()).text == "да"
    assert len(stage.ears.opened) == 1


async def test_the_answer_after_the_prompt_heard_all_of_it() -> None:
    stage = Stage(Listening())
    stage.media.heard = 0.3
    await stage.hear(VoiceStarted(at=time.monotonic()), VoiceStopped(at=time.monotonic()), utterance(""))
    stage.media.end()
    await stage.hear(VoiceStarted(at=time.monotonic()), utterance("нет"))
    assert (await stage.reply()).prompt_heard == 1.0


async def test_silence_counts_from_the_end_of_the_prompt() -> None:
    stage = Stage(Listening(no_input=QUICK))
    await asyncio.sleep(0.3)
    assert not stage.task.done()
    stage.media.end()
    assert (await stage.reply()).kind is ReplyKind.SILENCE


async def test_silence_counts_at_once_when_nothing_is_said() -> None:
    assert (await Stage(Listening(no_input=QUICK), prompt=False).reply()).kind is ReplyKind.SILENCE


async def test_somebody_who_speaks_is_not_silent() -> None:
    stage = Stage(Listening(no_input=QUICK), prompt=False)
    await stage.hear(VoiceStarted(at=time.monotonic()))
    await asyncio.sleep(0.4)
    assert not stage.task.done()
    await stage.hear(utterance("да приду"))
    assert (await stage.reply()).text == "да приду"


async def test_something_unintelligible_after_the_prompt_is_an_answer_without_words() -> None:
    stage = Stage(Listening(), prompt=False)
    await stage.hear(utterance(""))
    reply = await stage.reply()
    assert (reply.kind, reply.text) == (ReplyKind.SPEECH, "")


async def test_a_click_is_not_an_answer() -> None:
    stage = Stage(Listening(no_input=QUICK), prompt=False)
    await stage.hear(utterance("", lasted=0.06))
    assert (await stage.reply()).kind is ReplyKind.SILENCE


@pytest.mark.parametrize(
    ("pressed", "keys"), [("12", "12"), ("1#", "1"), ("*91", "1")], ids=["enough", "hash", "others are ignored"]
)
async def test_keys_are_an_answer(pressed: str, keys: str) -> None:
    stage = Stage(Listening(keys="12", max_keys=2), ears=False)
    await stage.hear(*(key(digit) for digit in pressed))
    reply = await stage.reply() if keys != "1" or "#" in pressed else await press_hash(stage)
    assert (reply.kind, reply.keys) == (ReplyKind.KEYS, keys)
    assert stage.media.done == ["flush"]


async def press_hash(stage: Stage) -> Reply:
    assert not stage.task.done()
    await stage.hear(key("#"))
    return await stage.reply()


async def test_keys_work_without_a_speech_model() -> None:
    stage = Stage(Listening(keys="1"), ears=False)
    await stage.hear(key("1"))
    assert (await stage.reply()).keys == "1"


async def test_a_turn_that_is_cancelled_falls_silent_and_deaf() -> None:
    stage = Stage(Listening())
    await settle()
    stage.task.cancel()
    await asyncio.gather(stage.task, return_exceptions=True)
    assert stage.media.done == ["flush"]
    assert stage.ears.opened[0].closed
