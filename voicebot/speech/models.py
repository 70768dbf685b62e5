"""The catalogue of speech models, and where the installed ones lie."""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from voicebot import resources
from voicebot.errors import ModelMissing

EMBEDDED = "tiny-ru"


class Kind(StrEnum):
    """What a model is for."""

    VOSK = "vosk"  #: recognition
    SILERO = "silero"  #: a voice through torch
    FESTVOX = "festvox"  #: a voice out of Debian packages


class Entry(BaseModel):
    """One model of `models/models.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Kind
    title: str
    licence: str
    megabytes: int
    needs_licence: bool = False  #: its licence forbids some uses and must be accepted
    dictates: bool = False  #: free speech is worth reading, not only grammars
    speaker: str = ""  #: the voice taken when none is named
    url: str = ""
    sha256: str = ""  #: empty: trusted on first use
    packages: tuple[str, ...] = ()  #: of Debian


@cache
def catalogue() -> dict[str, Entry]:
    """All known models by name."""
    raw = tomllib.loads((resources.models() / "models.toml").read_text(encoding="utf-8"))
    return {name: Entry(name=name, **fields) for name, fields in raw.items()}


def folder(name: str) -> Path:
    """Where a model lies, installed or not: an absolute path as it is, else below models/ or the installed ones."""
    shipped = resources.models() / name
    return shipped if shipped.exists() else resources.installed_models() / name


def dictates(name: str) -> bool:
    """Whether free dictation with it is of use; a model of one's own is taken to be a full one."""
    known = catalogue().get(name)
    return known.dictates if known else True


def entry(name: str) -> Entry:
    """The catalogue's entry.

    Raises:
        ModelMissing: no such model.
    """
    try:
        return catalogue()[name]
    except KeyError:
        known = ", ".join(catalogue())
        raise ModelMissing(f"no model is called {name}", mend=f"Known ones: {known}.") from None
