"""How fast patients are loaded: `python bench/store_patients.py [PART …] [--rows 1000000]`.

Parts: `sqlite` and `postgresql` (a million rows of CSV), `xlsx` (100,000 rows into SQLite); all of them by default.
Eight columns, 1 % bad rows, 1 % repeated ones. Meanwhile a talk writes ten times a second into the same store. Prints
seconds, processor seconds of all processes, their peak memory, and how long the talk waited. Told to fit: a million
rows of CSV in 60 s and 500 MB; a talk waits at most 2 s.
"""

import argparse
import asyncio
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from openpyxl import Workbook

from voicebot.bench import postgresql
from voicebot.bench.postgresql import Server
from voicebot.config import Clinic
from voicebot.errors import StoreError
from voicebot.store import patient_table, schema, tasks
from voicebot.store.database import Database

_PARTS = ("sqlite", "postgresql", "xlsx")
_XLSX_ROWS = 100_000
_HEADER = ("Фамилия", "Имя", "Отчество", "Телефон", "Дата рождения", "Пол", "Номер карты", "Часовой пояс")
_SURNAMES = ("Иванов", "Петров", "Сидоров", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов")
_NAMES = ("Иван", "Пётр", "Алексей", "Сергей", "Дмитрий", "Николай", "Андрей", "Михаил", "Александр", "Владимир")
_PHONES = ("+7 9{0} {1}-{2}-{3}", "8(9{0}){1}{2}{3}", "79{0}{1}{2}{3}", "9{0}{1}{2}{3}")


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Rows as clinics have them; every hundredth is bad, every hundredth repeats the one before."""
    dice = random.Random(1)
    row: tuple[str, ...] = ()
    for no in range(count):
        if no % 100 == 50:
            yield row
            continue
        digits = f"{dice.randrange(10**9):09}"
        phone = dice.choice(_PHONES).format(digits[:2], digits[2:5], digits[5:7], digits[7:])
        bad = no % 100 == 99
        row = (
            dice.choice(_SURNAMES),
            dice.choice(_NAMES),
            dice.choice(_NAMES) + "ович",
            "12-34" if bad else phone,
            f"{dice.randrange(1, 29):02}.{dice.randrange(1, 13):02}.{dice.randrange(1930, 2026)}",
            "м",
            f"К-{no}",
            "Europe/Moscow" if no % 2 else "",
        )
        yield row


def write(file: Path, count: int) -> None:
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(_HEADER)
            writer.writerows(rows(count))
        return
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (_HEADER, *rows(count)):
        sheet.append(row)
    book.save(file)


class Talk:
    """Writes a task now and then, as talks do, and measures how long each took."""

    def __init__(self, url: str) -> None:
        self.waits: list[float] = []
        self._url = url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._write()))

    def __enter__(self) -> "Talk":
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


def load(file: Path, url: str) -> None:
    """One import, in a process of its own so that its memory is its own."""
    started = time.perf_counter()
    loaded = patient_table.load(Database(url), file, clinic=Clinic())
    seconds = time.perf_counter() - started
    own, child = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    writing, reading = (one.ru_utime + one.ru_stime for one in (own, child))
    print(f"  {loaded.rows} rows in {seconds:.1f} s ({loaded.rows / seconds:.0f} a second)")
    print(f"  processor time {writing:.1f} s writing + {reading:.1f} s reading")
    print(f"  new {loaded.added}, known {loaded.known}, bad {loaded.bad}")
    print(f"  peak {own.ru_maxrss / 1024:.0f} MB writing + {child.ru_maxrss / 1024:.0f} MB reading")


def part(name: str, count: int) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-bench-")))
        file = folder / f"patients.{'xlsx' if name == 'xlsx' else 'csv'}"
        write(file, min(count, _XLSX_ROWS) if name == "xlsx" else count)
        server = stack.enter_context(postgresql.running()) if name == "postgresql" else None
        url = server.url(server.create()) if server else f"sqlite:///{folder / 'store.db'}"
        schema.upgrade(url)
        print(f"{name}, {file.stat().st_size / 1e6:.0f} MB, load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        before = _processor(server) if server else 0.0
        with Talk(url) as talk:
            subprocess.run([sys.executable, __file__, "--load", file, "--url", url], check=True)
        waits = sorted(talk.waits)
        print(
            f"  a talk's write took {waits[len(waits) // 2]:.2f} s (median), {waits[-1]:.2f} s at most of {len(waits)}"
        )
        if server:
            print(f"  PostgreSQL's own processor time {_processor(server) - before:.1f} s", flush=True)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*_PARTS, []], metavar="PART", help=", ".join(_PARTS))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--url", help="load --load into this database, nothing else")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        load(options.load, options.url)
        return
    for name in options.parts or _PARTS:
        part(name, options.rows)


if __name__ == "__main__":
    main()
