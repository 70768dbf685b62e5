"""What loading a long table takes: seconds, processor and memory of its processes, and how long talks wait for it."""

import argparse
import asyncio
import csv
import multiprocessing
import os
import random
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from openpyxl import Workbook

from voicebot.bench import postgresql
from voicebot.bench.postgresql import Server
from voicebot.errors import StoreError
from voicebot.store import schema, tasks
from voicebot.store.database import Database

Tell = Callable[[str], None]

_PARTS = ("sqlite", "postgresql", "xlsx")
_XLSX_ROWS = 100_000
_SURNAMES = ("Иванов", "Петров", "Сидоров", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов")
_NAMES = ("Иван", "Пётр", "Алексей", "Сергей", "Дмитрий", "Николай", "Андрей", "Михаил", "Александр", "Владимир")
_PHONES = ("+7 9{0} {1}-{2}-{3}", "8(9{0}){1}{2}{3}", "79{0}{1}{2}{3}", "9{0}{1}{2}{3}")
#: The first columns of every table; a benchmark adds its own.
_PERSON = ("Фамилия", "Имя", "Отчество", "Телефон", "Номер карты", "Часовой пояс")


class Loaded(Protocol):
    """What a loader tells of its work."""

    added: int
    bad: int

    @property
    def rows(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Loading:
    """A table to be loaded; the functions are those of a module, because another process calls `load`."""

    title: str
    header: Sequence[str]  #: further columns
    cells: Callable[[random.Random, int], Sequence[str]]  #: those of a row, by its number
    load: Callable[[Database, Path], Loaded]
    prepare: Callable[[Database], None] = lambda _database: None


def run(parser: argparse.ArgumentParser, choose: Callable[[argparse.Namespace], Loading], tell: Tell) -> None:
    """Read the command line, to which `parser` adds; load what is chosen by it; `tell` is told each line of figures."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("parts", nargs="*", choices=[*_PARTS, []], metavar="PART", help=", ".join(_PARTS))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--again", action="store_true", help="load the same file once more")
    options = parser.parse_args()
    for name in options.parts or _PARTS:
        rows = min(options.rows, _XLSX_ROWS) if name == "xlsx" else options.rows
        _part(name, choose(options), rows, 2 if options.again else 1, tell)


def born(dice: random.Random) -> str:
    """Somebody's birthday."""
    return f"{dice.randrange(1, 29):02}.{dice.randrange(1, 13):02}.{dice.randrange(1930, 2026)}"


def doctor(no: int) -> str:
    """One of five hundred."""
    return f"{_SURNAMES[no % 10]} {no % 500}"


def _part(name: str, loading: Loading, count: int, times: int, tell: Tell) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-bench-")))
        file = folder / f"list.{'xlsx' if name == 'xlsx' else 'csv'}"
        _write(file, loading, count)
        server = stack.enter_context(postgresql.running()) if name == "postgresql" else None
        url = server.url(server.create()) if server else f"sqlite:///{folder / 'store.db'}"
        schema.upgrade(url)
        loading.prepare(Database(url))
        for _ in range(times):
            size, load = file.stat().st_size / 1e6, os.getloadavg()[0]
            tell(f"{loading.title}: {name}, {size:.0f} MB, load of the machine {load:.1f}")
            before = _processor(server) if server else 0.0
            with _Talk(url) as talk:
                _in_a_process(loading, file, url, tell)
            waits = sorted(talk.waits)
            middle = waits[len(waits) // 2]
            tell(f"  a talk's write took {middle:.2f} s (median), {waits[-1]:.2f} s at most of {len(waits)}")
            if server:
                tell(f"  PostgreSQL's own processor time {_processor(server) - before:.1f} s")


def _rows(loading: Loading, count: int) -> Iterator[Sequence[str]]:
    """Rows as clinics have them; every hundredth is bad, every hundredth repeats the one before."""
    dice = random.Random(1)
    row: Sequence[str] = ()
    for no in range(count):
        if no % 100 != 50:
            row = (*_person(dice, no), *loading.cells(dice, no))
        yield row


def _person(dice: random.Random, no: int) -> tuple[str, ...]:
    digits = f"{dice.randrange(10**9):09}"
    phone = dice.choice(_PHONES).format(digits[:2], digits[2:5], digits[5:7], digits[7:])
    return (
        *(dice.choice(_SURNAMES), dice.choice(_NAMES), dice.choice(_NAMES) + "ович"),
        *("12-34" if no % 100 == 99 else phone, f"К-{no}", "Europe/Moscow" if no % 2 else ""),
    )


def _write(file: Path, loading: Loading, count: int) -> None:
    table = chain([(*_PERSON, *loading.header)], _rows(loading, count))
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(table)
        return
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table:
        sheet.append(row)
    book.save(file)


class _Talk:
    """Writes a task now and then, as talks do, and measures how long each took."""

    def __init__(self, url: str) -> None:
        self.waits: list[float] = []
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()))

    def __enter__(self) -> "_Talk":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    async def _write(self) -> None:
        database = Database(self._url)  # as a talk's: it gives up after two seconds
        while not self._stop.is_set():
            began = time.perf_counter()
            with suppress(StoreError):  # so a wait of more than two seconds shows
                async with database.write() as session:
                    await tasks.add(session, kind="bench", about={})
            self.waits.append(time.perf_counter() - began)
            await asyncio.sleep(0.1)
        await database.close()


def _in_a_process(loading: Loading, file: Path, url: str, tell: Tell) -> None:
    """One import, in a process of its own so that its memory is its own.

    Raises:
        SystemExit: it failed.
    """
    process = multiprocessing.get_context("spawn").Process(target=_load, args=(loading.load, file, url, tell))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit("the load has failed")


def _load(load: Callable[[Database, Path], Loaded], file: Path, url: str, tell: Tell) -> None:
    started = time.perf_counter()
    loaded = load(Database(url), file)
    seconds = time.perf_counter() - started
    own, child = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    writing, reading = (one.ru_utime + one.ru_stime for one in (own, child))
    known = loaded.rows - loaded.added - loaded.bad
    tell(f"  {loaded.rows} rows in {seconds:.1f} s ({loaded.rows / seconds:.0f} a second)")
    tell(f"  processor time {writing:.1f} s writing + {reading:.1f} s reading")
    tell(f"  new {loaded.added}, known {known}, bad {loaded.bad}")
    tell(f"  peak {own.ru_maxrss / 1024:.0f} MB writing + {child.ru_maxrss / 1024:.0f} MB reading")


def _processor(server: Server) -> float:
    """Seconds of the server's processes, those that have ended included."""
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid, session = int(file.parent.name), int(fields[3])
        if session == server.process.pid or int(fields[1]) == server.process.pid:
            ticks += sum(map(int, fields[11:13])) + (sum(map(int, fields[13:15])) if pid == server.process.pid else 0)
    return ticks / os.sysconf("SC_CLK_TCK")
