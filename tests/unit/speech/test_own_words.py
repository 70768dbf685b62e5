"""Words that an organisation adds to the embedded model."""

from pathlib import Path

import numpy as np
import pytest
from telephone_lines import on_telephone, spoken

from voicebot import resources
from voicebot.errors import SpeechError
from voicebot.speech import own_words
from voicebot.speech.audio import silence
from voicebot.speech.graph.build import build
from voicebot.speech.graph.lexicon import FILE, Lexicon
from voicebot.speech.graph.stress import marked
from voicebot.speech.recogniser import Model, transcript

TINY = resources.models() / "tiny-ru"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is installed or added lies in the test's folder."""
    folder = tmp_path / "installed"
    monkeypatch.setattr(resources, "installed_models", lambda: folder)
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model with few words: its graph is made in milliseconds."""
    folder = tmp_path_factory.mktemp("models") / "small"
    folder.mkdir()
    for part in ("am", "conf"):
        (folder / part).symlink_to(TINY / part)
    every = Lexicon.read(TINY / FILE).words
    build(TINY, Lexicon({word: every[word] for word in ("да", "нет", "понедельник", "сейчас")}), folder / "graph")
    return folder


def named(model: Path) -> Model:
    return Model.named(str(model))


def listed(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "words.txt"
    file.write_text(text, encoding="utf-8")
    return file


def heard(model: Model, said: str, *grammar: str) -> str:
    decoder = model.recogniser(grammar)
    decoder.AcceptWaveform(on_telephone(np.concatenate([spoken(said), silence(0.5)])).tobytes())
    return transcript(decoder.FinalResult()).text


def test_added_words_are_heard_from_the_next_load_on_and_told_from_the_others(tmp_path: Path, small: Path) -> None:
    words = own_words.read(listed(tmp_path, "гиппопот+ам\nэкскав+атор\n"))
    assert named(small).unknown_words(["гиппопотам"])
    done = own_words.add(small, words)
    assert [one.word for one in done.added] == ["гиппопотам", "экскаватор"]
    model = named(small)
    assert model.name == "small"
    grammar = ("гиппопотам", "экскаватор", "да", "нет", "понедельник")
    assert [heard(model, word, *grammar) for word in grammar] == list(grammar)


def test_a_word_is_stressed_where_it_is_marked_known_or_likely(tmp_path: Path) -> None:
    text = "# drugs\nэресп+ал  # marked\nПОЛИКЛИНИКА кот\nкагоцел\nбмв: бэ+эмв+э, бум+ер\n"
    words = {one.word: one for one in own_words.read(listed(tmp_path, text))}
    assert words["эреспал"].spelled == ("эресп+ал",)
    assert words["поликлиника"].spelled == ("поликл+иника",)
    assert words["кот"].spelled == ("к+от",)
    assert words["бмв"].spelled == ("бэ+эмв+э", "бум+ер")
    assert words["кагоцел"].spelled == marked("кагоцел")
    assert len(marked("кагоцел")) > 1 and not words["кагоцел"].told


@pytest.mark.parametrize(
    ("line", "wrong"),
    [("bmw", "bmw"), ("дом 5", "5"), ("два слова: дв+а", "два слова"), ("бмв:", "''"), ("крт", "крт")],
)
def test_a_line_that_is_no_word_is_named_with_its_number(tmp_path: Path, line: str, wrong: str) -> None:
    with pytest.raises(SpeechError, match=f"words.txt:2: .*{wrong}.*Write"):
        own_words.read(listed(tmp_path, f"кот\n{line}\n"))


def test_words_gather_until_they_are_replaced(tmp_path: Path, small: Path) -> None:
    def added(text: str, *, replace: bool = False) -> tuple[list[str], list[str]]:
        done = own_words.add(small, own_words.read(listed(tmp_path, text)), replace=replace)
        return [one.word for one in done.added], list(done.known)

    assert added("гиппопот+ам да") == (["гиппопотам"], ["да"])
    assert added("экскав+атор гиппопотам") == (["экскаватор"], ["гиппопотам"])
    assert not named(small).unknown_words(["гиппопотам экскаватор да"])
    assert added("экскав+атор", replace=True) == (["экскаватор"], [])
    assert named(small).unknown_words(["гиппопотам экскаватор да"]) == ["гиппопотам"]


def test_a_known_word_gets_a_further_pronunciation_that_the_list_tells(tmp_path: Path, small: Path) -> None:
    assert not own_words.add(small, own_words.read(listed(tmp_path, "сейчас"))).added
    assert own_words.add(small, own_words.read(listed(tmp_path, "сейчас: сич+ас"))).added


def test_the_graph_is_made_anew_when_the_model_below_has_changed(tmp_path: Path, home: Path, small: Path) -> None:
    own_words.add(small, own_words.read(listed(tmp_path, "гиппопот+ам")))
    (home / "own-words/small/base.sha256").write_text("of another release")
    (home / "own-words/small/graph/HCLr.fst").unlink()
    assert not named(small).unknown_words(["гиппопотам"])


def test_a_model_whose_words_are_fixed_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"its words are fixed|no lexicon"):
        own_words.add(tmp_path, own_words.read(listed(tmp_path, "кот")))


def test_texts_teach_the_words_that_are_new_the_most_frequent_first(
    monkeypatch: pytest.MonkeyPatch, small: Path
) -> None:
    texts = ["Гиппопотамов Иван", "Экскаваторов, да", "О. Гиппопотамов-Бегемотов", "Smith 5"]
    monkeypatch.setattr(own_words, "_MOST", 3)
    learnt = own_words.learn(small, texts)
    assert learnt.words[0] == "гиппопотамов" and len(learnt.words) == 3
    assert set(learnt.words + learnt.lacking) == {"гиппопотамов", "иван", "экскаваторов", "бегемотов"}
    assert not named(small).unknown_words(learnt.words)
    assert own_words.learn(small, texts).words == ()


def test_a_model_whose_words_are_fixed_tells_which_of_a_text_it_cannot_hear(tmp_path: Path) -> None:
    assert own_words.learn(tmp_path, ["кот"]) == own_words.Learnt()  # nothing is known of its words
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph/words.txt").write_text("<eps> 0\nда 1\n")
    assert own_words.learn(tmp_path, ["да, кот"]) == own_words.Learnt(lacking=("кот",))
