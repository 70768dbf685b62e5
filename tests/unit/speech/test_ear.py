import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from telephone_lines import HELD_OUT, frames, noise, on_telephone, spoken

from voicebot import config
from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech.audio import FRAME_SECONDS, RATE, Samples, silence
from voicebot.speech.ear import Ear, Ears, Event, Partial, Utterance, VoiceStarted, VoiceStopped
from voicebot.speech.pace import Ending, Pace, Silences
from voicebot.speech.vad import NoiseGate

GRAMMAR = (
    *("да", "нет", "да приду", "я не смогу", "конечно", "хорошо", "не знаю", "оператора", "перезвоните через час"),
    *("двадцать четвёртого ноября", "повторите пожалуйста", "вы ошиблись номером"),
)

_HALF_A_SECOND = Silences(open=0.5)


@pytest.fixture(scope="module")
def ears() -> AsyncIterator[Ears]:
    ears = Ears.load(config.Speech())
    yield ears
    ears.close()


def opened(
    ears: Ears,
    grammar: Sequence[str] = GRAMMAR,
    *,
    silences: Silences = _HALF_A_SECOND,
    max_length: float = 20,
    ending: Callable[[str], Ending] = lambda text: Ending.OPEN,
    pace: Pace | None = None,
    vad: NoiseGate | None = None,
) -> Ear:
    return ears.open(grammar, silences=silences, max_length=max_length, ending=ending, pace=pace, vad=vad)


async def settled(ear: Ear) -> None:
    """Wait for the texts of all answers that have ended."""
    async with asyncio.timeout(20):
        while ear._answers.keys() - {ear._current}:  # noqa: ASYNC110 - the ear itself has no use for an event
            await asyncio.sleep(0.002)


async def events(ear: Ear, sound: Samples) -> list[Event]:
    """All that the ear hears in the sound, which is fed faster than life."""
    heard: list[Event] = []

    async def listen() -> None:
        async for event in ear:
            heard.append(event)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen())
        start = time.monotonic()
        for number, frame in enumerate(frames(sound), start=1):
            ear.feed(frame, start + number * FRAME_SECONDS)
            while ear.decoding:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.001)
        await settled(ear)
        ear.close()
    return heard


def utterances(heard: list[Event]) -> list[Utterance]:
    return [event for event in heard if isinstance(event, Utterance)]


@pytest.mark.parametrize("voice", HELD_OUT)
async def test_voices_it_was_not_trained_on_are_understood_over_a_noisy_telephone(ears: Ears, voice: str) -> None:
    phrases = GRAMMAR
    heard = [
        utterances(await events(opened(ears), on_telephone(np.concatenate([spoken(phrase, voice), silence(0.7)]))))
        for phrase in phrases
    ]
    said = [[utterance.text for utterance in answer] for answer in heard]
    right = sum(texts == [phrase] for texts, phrase in zip(said, phrases, strict=True))
    assert right >= len(phrases) - 1, said


def mistaken(first: Ending) -> Callable[[str], Ending]:
    """The words so far seem complete; what all of the sound says is a bare "да"."""
    found = iter([first])
    return lambda _: next(found, Ending.MAY_GO_ON)


@pytest.mark.parametrize(
    ("pause", "said"),
    [(0.0, ["да приду"]), (0.6, ["да", "приду"])],  # beside half a second that the voice leaves between two words
)
async def test_who_was_ended_by_words_that_turn_into_others_may_go_on(
    ears: Ears, pause: float, said: list[str]
) -> None:
    sound = np.concatenate([spoken("да"), silence(pause), spoken("приду"), silence(1.2)])
    ear = opened(ears, ("да", "приду"), silences=Silences(), ending=mistaken(Ending.COMPLETE))
    heard = await events(ear, on_telephone(sound))
    assert [utterance.text for utterance in utterances(heard)] == said
    kinds = [type(event) for event in heard if not isinstance(event, Partial)]
    assert kinds == [
        VoiceStarted,
        VoiceStopped,
        *([] if len(said) == 1 else [Utterance]),
        VoiceStarted,
        VoiceStopped,
        Utterance,
    ]
    first = utterances(heard)[0]
    assert len(first.clip) / RATE > first.ended - first.started + 0.6  # of all that was waited for


async def test_an_answer_is_told_from_its_first_sound_to_its_text(ears: Ears) -> None:
    sound = on_telephone(np.concatenate([spoken("конечно"), silence(0.7)]))
    heard = await events(opened(ears), sound)
    kinds = [type(event) for event in heard if not isinstance(event, Partial)]
    assert kinds == [VoiceStarted, VoiceStopped, Utterance]
    assert any(isinstance(event, Partial) and event.text == "конечно" for event in heard)
    answer = utterances(heard)[0]
    assert heard[0] == VoiceStarted(at=answer.started)
    assert 0.3 < answer.ended - answer.started < 0.8
    assert [word.word for word in answer.words] == ["конечно"]
    assert answer.confidence == answer.words[0].confidence > 0.5
    assert 0 < answer.words[0].start < answer.words[0].end < len(answer.clip) / 8000


async def test_the_clip_holds_the_whole_answer_and_a_little_before_it(ears: Ears) -> None:
    sound = on_telephone(np.concatenate([spoken("конечно"), silence(0.7)]))
    clip = utterances(await events(opened(ears), sound))[0].clip
    begin = next(at for at in range(len(sound) - len(clip) + 1) if np.array_equal(sound[at : at + len(clip)], clip))
    assert begin <= 4000 - 0.15 * 8000
    assert begin + len(clip) >= len(sound) - 0.7 * 8000


async def test_silence_after_complete_words_ends_the_answer_sooner(ears: Ears) -> None:
    sound = on_telephone(np.concatenate([spoken("да приду"), silence(2)]))
    patient = Silences(open=60.0, complete=0.25)
    whole = {"да приду": Ending.COMPLETE}
    soon = await events(opened(ears, silences=patient, ending=lambda text: whole.get(text, Ending.OPEN)), sound)
    assert [answer.text for answer in utterances(soon)] == ["да приду"]
    assert utterances(await events(opened(ears, silences=patient), sound)) == []


async def test_a_slow_speaker_is_one_answer_when_the_step_waits(ears: Ears) -> None:
    slow = np.concatenate([spoken("двадцать"), silence(0.4), spoken("четвёртого ноября"), silence(2.2)])
    patient = await events(opened(ears, silences=Silences(open=2.0)), on_telephone(slow))
    assert [answer.text for answer in utterances(patient)] == ["двадцать четвёртого ноября"]
    hasty = await events(opened(ears), on_telephone(slow))
    assert len(utterances(hasty)) == 2


async def test_who_has_paused_inside_an_answer_is_waited_for_ever_after(ears: Ears) -> None:
    silences = Silences(open=0.7, may_go_on=0.7, slow=0.7, complete=0.25)
    slow = np.concatenate([spoken("да"), spoken("приду"), silence(1.0)])
    later = np.concatenate([spoken("конечно"), spoken("хорошо"), silence(1.0)])
    endings = {"да": Ending.MAY_GO_ON}

    async def answers(pace: Pace, *sounds: Samples) -> list[str]:
        ear = opened(ears, silences=silences, ending=lambda text: endings.get(text, Ending.COMPLETE), pace=pace)
        return [answer.text for answer in utterances(await events(ear, on_telephone(np.concatenate(sounds))))]

    assert await answers(Pace(), slow, later) == ["да приду", "конечно хорошо"]
    assert await answers(Pace(), later) == ["конечно", "хорошо"]


async def test_the_longest_answer_is_ended_while_the_voice_goes_on(ears: Ears) -> None:
    talk = np.concatenate([spoken("перезвоните через час"), spoken("вы ошиблись номером"), silence(0.7)])
    heard = await events(opened(ears, silences=Silences(open=0.6), max_length=1.0), on_telephone(talk))
    lengths = [answer.ended - answer.started for answer in utterances(heard)]
    assert len(lengths) >= 2
    assert max(lengths) <= 1.0 + FRAME_SECONDS


async def test_words_outside_the_grammar_give_an_answer_without_text(ears: Ears) -> None:
    sound = on_telephone(np.concatenate([spoken("поликлиника"), silence(0.7)]))
    heard = await events(opened(ears, ["конечно", "хорошо"]), sound)
    answers = utterances(heard)
    assert [(answer.text, answer.words, answer.confidence) for answer in answers] == [("", (), 0.0)]
    assert not answers[0].is_click


async def test_a_click_is_told_from_an_answer(ears: Ears) -> None:
    click = np.concatenate([noise(1, -50), spoken("да")[4000:4560] * 2, noise(1, -50)]).astype(np.int16)
    answers = utterances(await events(opened(ears, ["конечно"]), click))
    assert [answer.is_click for answer in answers] == [True]


async def test_silence_and_noise_are_no_answer(ears: Ears) -> None:
    assert await events(opened(ears), noise(4, -45)) == []


async def test_it_listens_on_after_an_answer(ears: Ears) -> None:
    two = np.concatenate([spoken("нет"), silence(0.8), spoken("хорошо"), silence(0.8)])
    heard = utterances(await events(opened(ears), on_telephone(two)))
    assert [answer.text for answer in heard] == ["нет", "хорошо"]


async def test_words_that_the_model_cannot_hear_are_named_once_and_their_phrases_left_out(
    ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    assert ears.unknown_words(["да", "не гиппопотам", "[unk]"]) == ["гиппопотам"]
    sound = on_telephone(np.concatenate([spoken("да"), silence(0.7)]))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            heard = utterances(await events(opened(ears, ["да", "не гиппопотам"]), sound))
            assert [answer.text for answer in heard] == ["да"]
    assert [record.word for record in caplog.records] == ["г."]  # type: ignore[attr-defined]


async def test_a_grammar_of_unknown_words_alone_hears_nothing_rather_than_anything(ears: Ears) -> None:
    sound = on_telephone(np.concatenate([spoken("конечно"), silence(0.7)]))
    assert [answer.text for answer in utterances(await events(opened(ears, ["гиппопотам"]), sound))] == [""]


async def test_without_a_grammar_all_words_of_the_model_are_listened_for(ears: Ears) -> None:
    sound = on_telephone(np.concatenate([spoken("понедельник"), silence(0.7)]))
    assert [answer.text for answer in utterances(await events(opened(ears, []), sound))] == ["понедельник"]
    assert not ears.dictates


async def test_a_closed_ear_tells_nothing_more(ears: Ears) -> None:
    ear = opened(ears)
    for number, frame in enumerate(frames(spoken("конечно"))):
        ear.feed(frame, number * FRAME_SECONDS)
    ear.close()
    ear.close()
    told = [event async for event in ear]
    ear.feed(frames(spoken("конечно"))[40], 10.0)
    assert not utterances(told)


async def test_twenty_calls_at_once_get_each_its_own_answer(ears: Ears) -> None:
    phrases = (GRAMMAR * 2)[:20]
    sounds = [on_telephone(np.concatenate([spoken(phrase), silence(0.7)])) for phrase in phrases]
    heard = await asyncio.gather(*(events(opened(ears), sound) for sound in sounds))
    said = [" ".join(answer.text for answer in utterances(answers)) for answers in heard]
    assert said == list(phrases)


async def test_a_broken_recogniser_is_an_error_and_not_an_endless_silence(
    ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(ears._model, "recogniser", broken)
    ear = opened(ears)
    for number, frame in enumerate(frames(on_telephone(spoken("конечно")))):
        ear.feed(frame, number * FRAME_SECONDS)
    with pytest.raises(SpeechError, match="out of memory"):
        async with asyncio.timeout(5):
            async for _ in ear:
                pass
    ear.close()


def test_a_missing_model_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(ModelMissing, match=r"models/vosk-model-ru-0\.42: .*voicebot models install"):
        Ears.load(config.Speech(model="vosk-model-ru-0.42"))


def test_feeding_does_no_decoding_on_the_event_loop(monkeypatch: pytest.MonkeyPatch, ears: Ears) -> None:
    async def run() -> None:
        ear = opened(ears)
        for number, frame in enumerate(frames(on_telephone(spoken("конечно")))):
            ear.feed(frame, number * FRAME_SECONDS)
        ear.close()

    jobs: list[object] = []
    held = ThreadPoolExecutor(1)
    monkeypatch.setattr(held, "submit", lambda job: jobs.append(job))
    monkeypatch.setattr(ears, "_pool", held)
    asyncio.run(run())
    assert len(jobs) == 1  # one at a time per ear, however much sound waits


async def test_a_noise_that_the_line_had_in_the_turn_before_is_no_voice(ears: Ears) -> None:
    loud, louder = noise(0.06, -32.5), noise(0.06, -28)
    engine = np.concatenate([loud, louder] * 25)  # 3 s, never steady
    gate = NoiseGate()
    first = await events(opened(ears, vad=gate), engine)
    assert any(isinstance(event, VoiceStarted) for event in first)
    assert await events(opened(ears, vad=gate), engine) == []
