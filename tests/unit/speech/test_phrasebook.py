import asyncio
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot import config
from voicebot.errors import SpeechError
from voicebot.speech.audio import RATE, Samples
from voicebot.speech.phrase_files import PhraseFiles
from voicebot.speech.phrasebook import Phrasebook


class ScriptedVoice:
    """Says every letter for 10 ms; remembers what it was asked for, and can be held."""

    def __init__(self, name: str = "scripted") -> None:
        self.name = name
        self.rendered: list[str] = []
        self.threads: set[int] = set()
        self.go_on = threading.Event()
        self.go_on.set()

    def render(self, text: str) -> Samples:
        assert self.go_on.wait(10)
        if "нельзя" in text.replace("+", ""):
            raise SpeechError("nothing in this text can be spoken")
        self.rendered.append(text.replace("+", ""))  # stress marks are another test's business
        self.threads.add(threading.get_ident())
        return np.full(80 * len(self.rendered[-1]), 1000 + len(self.rendered[-1]), dtype=np.int16)

    def close(self) -> None:
        pass


@pytest.fixture
def voice() -> ScriptedVoice:
    return ScriptedVoice()


def opened(voice: ScriptedVoice, folder: Path) -> Phrasebook:
    return Phrasebook(voice, folder, config.Speech())


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.flac"))


async def test_a_phrase_is_rendered_once_and_off_the_event_loop(voice: ScriptedVoice, tmp_path: Path) -> None:
    book = opened(voice, tmp_path)
    first = await book.speech(["Добрый день!", "Вы придёте?"])
    again = await book.speech(["Добрый день!", "Вы  придёте? "])
    assert np.array_equal(first, again)
    assert voice.rendered == ["Добрый день!", "Вы придёте?"]
    assert threading.get_ident() not in voice.threads


@pytest.mark.parametrize(
    ("first", "pause"), [("Да.", 0.3), ("Да!", 0.3), ("Да?", 0.3), ("Да,", 0.15), ("Да:", 0.2), ("Да", 0.05)]
)
async def test_fragments_are_joined_with_the_pause_that_the_punctuation_asks_for(
    voice: ScriptedVoice, tmp_path: Path, first: str, pause: float
) -> None:
    said = await opened(voice, tmp_path).speech([first, "нет"])
    spoken = 80 * (len(first) + 3)
    assert len(said) - spoken == round(pause * RATE)
    assert np.count_nonzero(said) == spoken


async def test_empty_fragments_are_passed_over(voice: ScriptedVoice, tmp_path: Path) -> None:
    book = opened(voice, tmp_path)
    assert len(await book.speech([])) == 0
    assert len(await book.speech(["", "да", " "])) == 160


async def test_prepared_phrases_survive_a_restart(voice: ScriptedVoice, tmp_path: Path) -> None:
    await opened(voice, tmp_path).prepare(["Здравствуйте!", "Здравствуйте!", ""])
    assert voice.rendered == ["Здравствуйте!"]
    restarted = ScriptedVoice()
    book = opened(restarted, tmp_path)
    await book.prepare(["Здравствуйте!"])
    assert len(await book.speech(["Здравствуйте!"])) == 80 * 13
    assert restarted.rendered == []


async def test_another_voice_does_not_speak_with_the_first_ones_sound(voice: ScriptedVoice, tmp_path: Path) -> None:
    await opened(voice, tmp_path).prepare(["да"])
    other = ScriptedVoice("other")
    await opened(other, tmp_path).speech(["да"])
    assert other.rendered == ["да"]


async def test_what_was_not_prepared_is_not_left_on_disk(voice: ScriptedVoice, tmp_path: Path) -> None:
    await opened(voice, tmp_path).speech(["Иванова Мария"])
    assert files(tmp_path) == []


async def test_file_names_tell_neither_text_nor_campaign_and_differ_between_machines(tmp_path: Path) -> None:
    names = []
    for machine in ("one", "two"):
        folder = tmp_path / machine
        await opened(ScriptedVoice(), folder).prepare(["Иванова Мария"], tag="dispensary")
        names.append([str(file.relative_to(folder)) for file in files(folder)])
        assert (folder / "key").stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o077 == 0
    assert len(names[0]) == len(names[1]) == 1
    assert names[0] != names[1]
    assert not any("Иванов" in name or "dispensary" in name for [name] in names)


async def test_purging_a_campaign_erases_its_phrases_and_no_others(voice: ScriptedVoice, tmp_path: Path) -> None:
    book = opened(voice, tmp_path)
    await book.prepare(["Здравствуйте!"])
    await book.prepare(["Иванова", "Петрова"], tag="autumn")
    await book.prepare(["Петрова", "Сидорова", "Здравствуйте!"], tag="winter")
    assert voice.rendered == ["Здравствуйте!", "Иванова", "Петрова", "Сидорова"]
    await book.speech(["Иванова"])
    await book.purge("autumn")
    await book.purge("never seen")
    again = opened(restarted := ScriptedVoice(), tmp_path)
    await again.speech(["Здравствуйте!", "Петрова", "Сидорова", "Иванова"])
    assert restarted.rendered == ["Иванова"]
    await book.speech(["Иванова"])
    assert voice.rendered[-1] == "Иванова"  # also forgotten in memory


async def test_two_who_want_the_same_phrase_wait_for_one_rendering(voice: ScriptedVoice, tmp_path: Path) -> None:
    book = opened(voice, tmp_path)
    voice.go_on.clear()
    first, second = asyncio.create_task(book.speech(["да"])), asyncio.create_task(book.speech(["да"]))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    voice.go_on.set()
    assert len(await second) == 160
    assert voice.rendered == ["да"]
    assert first.cancelled()


async def test_a_phrase_wanted_now_does_not_wait_for_all_that_is_prepared(voice: ScriptedVoice, tmp_path: Path) -> None:
    book = opened(voice, tmp_path)
    voice.go_on.clear()
    preparing = asyncio.create_task(book.prepare(f"фраза {'я' * number}" for number in range(50)))
    await asyncio.sleep(0)
    wanted = asyncio.create_task(book.speech(["срочно"]))
    await asyncio.sleep(0)
    voice.go_on.set()
    await asyncio.gather(preparing, wanted)
    assert voice.rendered.index("срочно") <= 1


async def test_unspeakable_text_is_an_error_and_can_be_tried_again(voice: ScriptedVoice, tmp_path: Path) -> None:
    book = opened(voice, tmp_path)
    for _ in range(2):
        with pytest.raises(SpeechError):
            await book.speech(["нельзя"])
    with pytest.raises(SpeechError):
        await book.prepare(["нельзя"])


def phrase(seconds: float) -> Samples:
    return np.random.default_rng(1).integers(-9000, 9000, round(seconds * RATE)).astype(np.int16)


def test_beyond_the_limit_the_phrases_unused_for_longest_go(tmp_path: Path) -> None:
    sample = PhraseFiles(tmp_path / "sample", 10**9)
    sample.put("x", "", phrase(1))
    size = files(tmp_path / "sample")[0].stat().st_size
    kept = PhraseFiles(tmp_path / "book", int(size * 3.5))
    for name in "abc":
        kept.put(name, "", phrase(1))
    assert kept.get("a") is not None
    kept.put("d", "", phrase(1))
    assert [name for name in "abcd" if kept.get(name) is not None] == ["a", "c", "d"]
    assert len(files(tmp_path / "book")) == 3


def test_the_order_of_use_survives_a_restart(tmp_path: Path) -> None:
    kept = PhraseFiles(tmp_path, 10**9)
    for age, name in enumerate("abc"):
        kept.put(name, "", phrase(1))
        os.utime(tmp_path / "common" / f"{name}.flac", (1000 + age, 1000 + age))
    kept.get("a")
    size = files(tmp_path)[0].stat().st_size
    restarted = PhraseFiles(tmp_path, int(size * 3.5))
    restarted.put("d", "", phrase(1))
    assert [name for name in "abcd" if restarted.get(name) is not None] == ["a", "c", "d"]


def test_a_damaged_file_is_dropped_and_not_spoken(tmp_path: Path) -> None:
    kept = PhraseFiles(tmp_path, 10**9)
    kept.put("a", "", phrase(1))
    files(tmp_path)[0].write_bytes(b"fLaC damaged")
    assert kept.get("a") is None
    assert not kept.has("a", "")
    kept.put("a", "", phrase(1))
    assert np.array_equal(kept.get("a"), phrase(1))


def test_a_folder_that_cannot_be_written_is_an_error_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SpeechError, match=r"cannot be kept.*Is the disk full"):
        PhraseFiles(tmp_path / "file", 10**9)
    kept = PhraseFiles(tmp_path / "book", 10**9)
    (tmp_path / "book/common").touch()
    with pytest.raises(SpeechError, match=r"cannot be kept.*Is the disk full"):
        kept.put("a", "", phrase(1))


async def test_an_administrator_s_dictionary_says_how_a_word_sounds(voice: ScriptedVoice, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("мрт: эм эр тэ\n", encoding="utf-8")
    book = Phrasebook(voice, tmp_path / "phrases", config.Speech(pronunciations=own))
    await book.speech(["Сделайте МРТ."])
    assert "эм эр тэ" in voice.rendered[0]


async def test_a_recording_is_heard_instead_of_the_voice_at_the_telephone_s_rate(
    voice: ScriptedVoice, tmp_path: Path
) -> None:
    wave = (8000 * np.sin(np.arange(44_100) * 2 * np.pi * 440 / 44_100)).astype(np.int16)
    soundfile.write(tmp_path / "greeting.wav", wave, 44_100)
    book = opened(voice, tmp_path / "book")
    await book.record("Добрый  день!", tmp_path / "greeting.wav")
    heard = await book.speech(["Добрый день!"])
    assert abs(len(heard) - RATE) < RATE // 10
    assert np.array_equal(heard, await opened(voice, tmp_path / "book").speech(["Добрый день!"]))
    assert voice.rendered == []


async def test_a_recording_that_cannot_be_read_is_named(voice: ScriptedVoice, tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_text("no sound")
    with pytest.raises(SpeechError, match=r"noise\.wav"):
        await opened(voice, tmp_path / "book").record("Добрый день!", tmp_path / "noise.wav")
