"""Log lines: one form for all programs, the call's id on every line, no personal data."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from voicebot.privacy import mask_text

_call_id: ContextVar[str] = ContextVar("call_id", default="-")
#: PostgreSQL tells the values of the row that it refuses.
_VALUES = re.compile(r"^DETAIL:.*$", re.MULTILINE)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def call_context(call_id: str) -> Iterator[None]:
    """Everything logged inside, also by tasks started inside, carries `call_id`."""
    token = _call_id.set(call_id)
    try:
        yield
    finally:
        _call_id.reset(token)


class _Line(logging.Formatter):
    """`time level logger [call] message key=value …`; telephone numbers are masked as a last line of defence.

    Of an error's trace too, which in addition tells no values of rows.
    """

    def format(self, record: logging.LogRecord) -> str:
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        pairs = "".join(f" {key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in extra.items())
        line = f"{self.formatTime(record)} {record.levelname:7} {record.name} [{_call_id.get()}] "
        line += mask_text(record.getMessage() + pairs)
        if record.exc_info:
            line += "\n" + mask_text(_VALUES.sub("DETAIL: (not logged)", self.formatException(record.exc_info)))
        return line


def setup(level: str = "INFO", file: Path | None = None) -> None:
    """Send the program's log to `file`, or to standard error."""
    handler: logging.Handler
    if file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("aioari", "aiohttp.access", "asyncio", "panoramisk.manager"):
        logging.getLogger(noisy).setLevel("WARNING")
