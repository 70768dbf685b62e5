"""Asterisk's event log: what happened to a channel, told by somebody who outlives the robot.

`asterisk-conf/cel_custom.conf` writes it. An event is in the file as soon as it has happened, so a killed Asterisk
loses none but those of its last milliseconds.
"""

import asyncio
import csv
import gzip
import json
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_log = logging.getLogger(__name__)

_BLOCK = 1 << 16
_TIME, _CHANNEL, _DETAILS, _COLUMNS = 1, 2, 10, 11


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What is known of one channel."""

    started: bool = False  #: it was made: the INVITE went out
    answered: bool = False
    ended: bool = False
    cause: int | None = None  #: Q.850 cause of its hang-up


class CelLog:
    """The log of one Asterisk, with its rotated files beside it (`Master.csv.1`, `Master.csv-20261122.gz`, …)."""

    def __init__(self, file: Path) -> None:
        self.file = file

    async def trace(self, channel_id: str, is_before: Callable[[datetime], bool]) -> Trace | None:
        """Read back to the moment before the channel was asked for.

        Args:
            is_before: whether an instant of the log lies before that.

        Returns None when the log cannot tell: there is none, it does not reach back so far, or it cannot be read.
        """
        return await asyncio.to_thread(self._trace, channel_id, is_before)

    def _trace(self, channel_id: str, is_before: Callable[[datetime], bool]) -> Trace | None:
        rows: list[list[str]] = []
        try:
            for row in self._rows():
                if row[_CHANNEL] == channel_id:
                    rows.append(row)
                if row[0] == "CHAN_START" and row[_CHANNEL] == channel_id:
                    return _of(rows)
                if is_before(datetime.fromtimestamp(float(row[_TIME]), UTC)):
                    return _of(rows)
        except (OSError, ValueError, csv.Error) as error:
            _log.warning("Asterisk's event log cannot be read: %s", error, extra={"file": str(self.file)})
        return _of(rows) if rows else None

    def _rows(self) -> Iterator[list[str]]:
        """Whole rows, the newest first."""
        for file in self._files():
            for line in _backwards(file):
                row = next(csv.reader([line]), [])
                if len(row) == _COLUMNS:
                    yield row

    def _files(self) -> list[Path]:
        rotated = [path for path in self.file.parent.glob(f"{self.file.name}?*") if path.is_file()]
        rotated.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        return [*([self.file] if self.file.is_file() else []), *rotated]


def _of(rows: list[list[str]]) -> Trace:
    """Rows of one channel, the newest first."""
    events = {row[0] for row in rows}
    hangup = next((row for row in rows if row[0] == "HANGUP"), None)
    return Trace(
        started=bool(rows),
        answered="ANSWER" in events,
        ended=bool(events & {"HANGUP", "CHAN_END"}),
        cause=json.loads(hangup[_DETAILS]).get("hangupcause") if hangup and hangup[_DETAILS] else None,
    )


def _backwards(file: Path) -> Iterator[str]:
    """Lines of a file from its end; compressed ones are read whole."""
    if file.suffix == ".gz":
        with gzip.open(file, "rt", encoding="utf-8", errors="replace") as whole:
            yield from reversed(whole.read().splitlines())
        return
    with file.open("rb") as stream:
        place = stream.seek(0, os.SEEK_END)
        rest = b""
        while place:
            size = min(_BLOCK, place)
            place -= size
            stream.seek(place)
            first, *lines = (stream.read(size) + rest).split(b"\n")
            yield from (line.decode(errors="replace") for line in reversed(lines) if line)
            rest = first
        if rest:
            yield rest.decode(errors="replace")
