"""How fast patients are loaded: `python bench/store_patients.py [--rows 1000000] [--xlsx] [--url URL | --postgresql]`.

Eight columns, 1 % bad rows, 1 % repeated ones; prints seconds and the process's peak memory. Told to fit: a million
rows of CSV in 60 s and 500 MB.
"""

import argparse
import csv
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from openpyxl import Workbook

from voicebot.bench import postgresql
from voicebot.config import Clinic
from voicebot.store import patient_table, schema
from voicebot.store.database import Database

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--xlsx", action="store_true", help="Excel instead of CSV (100,000 rows are usual)")
    parser.add_argument("--url", help="an empty database; SQLite in a temporary folder by default")
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL server of its own")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-bench-")))
        file = folder / f"patients.{'xlsx' if options.xlsx else 'csv'}"
        write(file, options.rows)
        url = options.url or f"sqlite:///{folder / 'store.db'}"
        if options.postgresql:
            server = stack.enter_context(postgresql.running())
            url = server.url(server.create())
        schema.upgrade(url)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        loaded = patient_table.load(Database(url), file, clinic=Clinic())
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    where = f"{url.split(':')[0]}, {file.suffix[1:]}"
    print(f"{where}: {loaded.rows} rows in {seconds:.1f} s ({loaded.rows / seconds:.0f} a second)")
    print(
        f"new {loaded.added}, known {loaded.known}, bad {len(loaded.rejected)}; "
        f"peak {peak:.0f} MB ({before:.0f} MB before)"
    )


if __name__ == "__main__":
    main()
