"""One finding of the doctor."""

from dataclasses import dataclass
from enum import StrEnum

from voicebot.errors import VoicebotError


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"  #: calls work, but somebody should know
    FAIL = "fail"  #: calls do not work, or data are not safe


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    name: str
    state: State
    what: str
    mend: str = ""  #: empty only where nothing is to be done


def ok(name: str, what: str) -> Check:
    return Check(name=name, state=State.OK, what=what)


def warn(name: str, what: str, mend: str) -> Check:
    return Check(name=name, state=State.WARN, what=what, mend=mend)


def fail(name: str, what: str, mend: str) -> Check:
    return Check(name=name, state=State.FAIL, what=what, mend=mend)


def failed(name: str, error: VoicebotError) -> Check:
    """An error says the same three things."""
    what = f"{error.place}: {error.what}" if error.place else error.what
    return fail(name, what, error.mend or "See docs/commands.md, `voicebot doctor`.")
