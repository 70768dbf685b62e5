"""How words are pronounced: stress marks and an administrator's own dictionary."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from voicebot.errors import ConfigError
from voicebot.language import lexicon
from voicebot.language.fragments import joined
from voicebot.language.spelling import spoken

_WORD = re.compile(r"[^\W\d_]+(?:[+-][^\W\d_]+)*")


def pronounced(text: str, dictionary: Path | None = None) -> str:
    """The phrase as a synthesiser gets it: words only, a `+` before the stressed vowel where it is known.

    The dictionary's words go first, so it may also say what Latin and abbreviations sound like.

    Raises:
        ConfigError: the dictionary cannot be read.
    """
    own = _dictionary(dictionary) if dictionary else {}
    return _replaced(joined(spoken(_replaced(text, own))), _stresses())


def _replaced(text: str, table: Mapping[str, str]) -> str:
    def said(match: re.Match[str]) -> str:
        word = match[0]
        replacement = table.get(word.lower())
        if replacement is None:
            return word
        return replacement[:1].upper() + replacement[1:] if word.istitle() else replacement

    return _WORD.sub(said, text) if table else text


@cache
def _stresses() -> Mapping[str, str]:
    words: list[str] = lexicon.load("stress")["words"]
    return {word.replace("+", ""): word for word in words}


@cache
def _dictionary(path: Path) -> Mapping[str, str]:
    try:
        table = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"the pronunciation dictionary cannot be read: {error.strerror}",
            place=str(path),
            mend="Check speech.pronunciations.",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"not valid YAML: {error}", place=str(path), mend="Write lines `word: pronunciation`."
        ) from None
    if not isinstance(table, dict) or not all(isinstance(entry, str) for pair in table.items() for entry in pair):
        raise ConfigError("not a table of words", place=str(path), mend="Write lines `word: pronunciation`.")
    return {word.lower(): said for word, said in table.items()}
