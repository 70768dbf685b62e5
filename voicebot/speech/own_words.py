"""Words that an organisation adds to the embedded model: from a list to a graph that hears them."""

import hashlib
import itertools
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from voicebot import resources
from voicebot.errors import SpeechError
from voicebot.speech.graph import stress
from voicebot.speech.graph.build import build
from voicebot.speech.graph.letters import STRESS, VOWELS, sounds
from voicebot.speech.graph.lexicon import FILE as LEXICON
from voicebot.speech.graph.lexicon import Lexicon, Pronunciation

_FOLDER = "own-words"  # below the installed models: a folder per model
_OWN = "words.txt"  # in it: what was added
_BASE = "base.sha256"  # of the lexicon that the words were added to
_WORD = re.compile(r"[а-яё]+")
_MEND = "Write a word a line: слово, сл+ово, or слово: как зву+чит."
_SPELLED = re.compile(r"(\+?[а-яё])+")
_SHORTEST, _LONGEST = 2, 30  # letters of a word that is worth learning out of a text
_MOST = 5000  # words learnt out of texts: each adds some 40 µs to loading the model, and 0.3 ms to learning


@dataclass(frozen=True, kw_only=True)
class NewWord:
    """A word of a list."""

    word: str
    spelled: tuple[str, ...]  #: as it sounds, `+` before stressed vowels; several where it is said in several ways
    told: bool  #: the list says how it sounds

    @property
    def pronunciations(self) -> tuple[Pronunciation, ...]:
        return tuple(dict.fromkeys(tuple(sounds(spelled)) for spelled in self.spelled))


@dataclass(frozen=True, kw_only=True)
class Added:
    """What became of a list."""

    added: tuple[NewWord, ...]
    known: tuple[str, ...]  #: the model heard them before, and the list says nothing new of them


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What became of texts in which the model met new words."""

    words: tuple[str, ...] = ()  #: that it hears from its next load on
    lacking: tuple[str, ...] = ()  #: that it cannot learn: its words are fixed, or they are too many


def read(file: Path) -> list[NewWord]:
    """The words of a list: `word`, `w+ord` or `word: as it s+ounds, or s+ounds` a line, `#` for remarks.

    Raises:
        SpeechError: the file cannot be read, or a line is something else; names file and line.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechError(f"cannot be read: {error}", place=str(file), mend="Give a UTF-8 text file.") from error
    found: list[NewWord] = []
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip().lower()
        if text:
            found += _of_line(text, f"{file}:{number}")
    return found


def by_rule(word: str) -> NewWord:
    """A word of lower-case Russian letters, said as its spelling and ending suggest."""
    return NewWord(word=word, spelled=stress.marked(word), told=False)


def add(model: Path, words: Iterable[NewWord], *, replace: bool = False) -> Added:
    """Let a model hear the words from its next load on. Blocks for about a second.

    Args:
        model: its folder, which is only read.
        words: as `read` gives them.
        replace: forget what was added before.

    Raises:
        SpeechError: the model cannot be taught, or the folder for added words cannot be written.
    """
    base = Lexicon.read(model / LEXICON)
    before = Lexicon() if replace else _own(model)
    both = base.with_words(before.words)
    wanted = list(words)
    new = [one for one in wanted if not _is_known(one, both)]
    more: dict[str, list[Pronunciation]] = {}
    for one in new:
        more.setdefault(one.word, []).extend(one.pronunciations)
    _write(model, base, before.with_words(more))
    return Added(added=tuple(new), known=tuple(one.word for one in wanted if one not in new))


def learn(model: Path, texts: Iterable[str]) -> Learnt:
    """Let a model hear the Russian words of some texts (names of doctors, of people to be called), said by rule.

    Quick when it knows them all; else blocks for some seconds. Of too many the most frequent are learnt.

    Raises:
        SpeechError: the folder for added words cannot be written.
    """
    met = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    known = _listed(model)
    new = [word for word, _ in met.most_common() if word not in known and _SHORTEST <= len(word) <= _LONGEST]
    sayable = [word for word in new if set(VOWELS) & set(word)]
    if not (model / LEXICON).is_file():
        return Learnt(lacking=tuple(sayable) if known else ())
    room = max(0, _MOST - len(_own(model).words))
    if fresh := sayable[:room]:
        add(model, map(by_rule, fresh))
    return Learnt(words=tuple(fresh), lacking=tuple(sayable[room:]))


def graph(model: Path) -> Path | None:
    """The graph with the words that were added to a model, made anew if the model has changed; None: none were.

    Raises:
        SpeechError: the folder cannot be written.
    """
    home = _home(model)
    if not home.is_dir():
        return None
    base = Lexicon.read(model / LEXICON)
    if (home / _BASE).read_text(encoding="utf-8") != _sum(base):
        _write(model, base, _own(model))
    return home / "graph"


def _of_line(text: str, place: str) -> Iterator[NewWord]:
    listed, colon, spelled = text.partition(":")
    every = [part.strip() for part in spelled.split(",")] if colon else listed.split()
    for form in every:
        if not _SPELLED.fullmatch(form) or (not set(VOWELS) & set(form) and len(form) > 1):
            raise SpeechError(f"not a Russian word: {form!r}", place=place, mend=_MEND)
    stressed = [(form,) if STRESS in form else stress.marked(form) for form in every]
    if colon and not _WORD.fullmatch(listed):
        raise SpeechError(f"one word stands before a colon, not {listed!r}", place=place, mend=_MEND)
    if colon:
        yield NewWord(word=listed, spelled=tuple(itertools.chain(*stressed)), told=True)
        return
    for form, spelled_as in zip(every, stressed, strict=True):
        yield NewWord(word=form.replace(STRESS, ""), spelled=spelled_as, told=STRESS in form)


def _write(model: Path, base: Lexicon, own: Lexicon) -> None:
    """All or nothing: a robot that loads the model meanwhile finds the old words or the new ones."""
    home = _home(model)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=".adding-") as work:
            fresh = Path(work) / "new"
            build(model, base.with_words(own.words), fresh / "graph")
            (fresh / _OWN).write_text(own.text(), encoding="utf-8")
            (fresh / _BASE).write_text(_sum(base), encoding="utf-8")
            if home.exists():
                home.rename(Path(work) / "old")
            fresh.rename(home)
    except OSError as error:
        mend = "Check the disk and the rights."
        raise SpeechError(f"words cannot be added: {error.strerror}", place=str(home), mend=mend) from error


def _is_known(one: NewWord, lexicon: Lexicon) -> bool:
    return one.word in lexicon.words and not (one.told and set(one.pronunciations) - set(lexicon.words[one.word]))


def _home(model: Path) -> Path:
    return resources.installed_models() / _FOLDER / model.name


def _listed(model: Path) -> set[str]:
    """The words that it hears, those that were added too; none where its layout does not list them."""
    if (model / LEXICON).is_file():
        return {*Lexicon.read(model / LEXICON).words, *_own(model).words}
    listing = model / "graph/words.txt"
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    return {line.partition(" ")[0] for line in lines}


def _own(model: Path) -> Lexicon:
    home = _home(model)
    return Lexicon.read(home / _OWN) if home.is_dir() else Lexicon()


def _sum(lexicon: Lexicon) -> str:
    return hashlib.sha256(lexicon.text().encode()).hexdigest()
