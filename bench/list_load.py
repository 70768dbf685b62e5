"""How fast a campaign's list is loaded: `python bench/list_load.py [--rows 1000000] [--visits] [--postgresql]`.

Eight columns (ten with `--visits`, which also make doctors, slots and appointments), 1 % bad rows, 1 % repeated ones.
Prints seconds, processor seconds, the loader's peak memory, and the longest wait of a writer beside it.
"""

import argparse
import csv
import os
import random
import resource
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from voicebot.bench import postgresql
from voicebot.config import Clinic
from voicebot.outbound import lists
from voicebot.outbound.policy import Policy
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.tables import Campaign, CampaignState

_SECTION: dict[str, Any] = {
    "columns": {
        "surname": "Фамилия",
        "name": "Имя",
        "patronymic": "Отчество",
        "phone": "Телефон",
        "external_id": "Номер карты",
        "zone": {"headers": "Часовой пояс", "required": False},
    }
}
_PLAIN = {**_SECTION["columns"], "birth_date": "Дата рождения", "service": "Услуга"}
_VISITS = {**_SECTION["columns"], "date": "Дата", "time": "Время", "specialty": "Специальность", "doctor": "Врач"}
_SURNAMES = ("Иванов", "Петров", "Сидоров", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов")
_NAMES = ("Иван", "Пётр", "Алексей", "Сергей", "Дмитрий", "Николай", "Андрей", "Михаил", "Александр", "Владимир")
_PHONES = ("+7 9{0} {1}-{2}-{3}", "8(9{0}){1}{2}{3}", "79{0}{1}{2}{3}", "9{0}{1}{2}{3}")
_SPECIALTIES = ("терапевт", "кардиолог", "невролог", "хирург", "окулист")


def rows(count: int, first_day: datetime, *, visits: bool) -> Iterator[Sequence[str]]:
    """Rows as clinics have them; every hundredth is bad, every hundredth repeats the one before."""
    dice = random.Random(1)
    row: Sequence[str] = ()
    for no in range(count):
        if no % 100 == 50:
            yield row
            continue
        digits = f"{dice.randrange(10**9):09}"
        phone = dice.choice(_PHONES).format(digits[:2], digits[2:5], digits[5:7], digits[7:])
        person = (
            *(dice.choice(_SURNAMES), dice.choice(_NAMES), dice.choice(_NAMES) + "ович"),
            *("12-34" if no % 100 == 99 else phone, f"К-{no}", "Europe/Moscow" if no % 2 else ""),
        )
        if visits:
            doctor = no % 500
            day = first_day + timedelta(days=no // 20_000)
            time_of_day = f"{8 + no // 500 % 12:02}:{no // 6000 % 4 * 15:02}"
            visit = (f"{day:%d.%m.%Y}", time_of_day, _SPECIALTIES[doctor % 5], f"{_SURNAMES[doctor % 10]} {doctor}")
            row = (*person, *visit)
        else:
            born = f"{dice.randrange(1, 29):02}.{dice.randrange(1, 13):02}.{dice.randrange(1930, 2008)}"
            row = (*person, born, "диспансеризация")
        yield row


def write(file: Path, count: int, section: dict[str, Any], *, visits: bool) -> None:
    header = [column if isinstance(column, str) else column["headers"] for column in section.values()]
    tomorrow = datetime.now(UTC) + timedelta(days=2)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(header)
        writer.writerows(rows(count, tomorrow, visits=visits))


class Talker:
    """Writes a little now and again, as a talk does, and remembers how long it had to wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._talk)
        self.waits: list[float] = []

    def __enter__(self) -> "Talker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _talk(self) -> None:
        while not self._stop.wait(0.5):
            began = time.perf_counter()
            with self._database.sync_write() as session:
                session.execute(update(Campaign).values(started_at=datetime.now(UTC)))
            self.waits.append(time.perf_counter() - began)


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--visits", action="store_true", help="rows tell of visits")
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL server of its own")
    parser.add_argument("--again", action="store_true", help="load the same file once more")
    options = parser.parse_args()
    section = _VISITS if options.visits else _PLAIN
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-bench-")))
        file = folder / "list.csv"
        write(file, options.rows, section, visits=options.visits)
        url = f"sqlite:///{folder / 'store.db'}"
        if options.postgresql:
            server = stack.enter_context(postgresql.running())
            url = server.url(server.create())
        schema.upgrade(url)
        database = Database(url)
        with database.sync_write() as session:
            at = datetime.now(UTC)
            policy = Policy().model_dump(mode="json")
            session.add(Campaign(name="c", scenario="s", state=CampaignState.DRAFT, policy=policy, created_at=at))
        for no in range(2 if options.again else 1):
            measure(database, file, section, f"{url.split(':')[0]}{', again' if no else ''}")


def measure(database: Database, file: Path, section: dict[str, Any], where: str) -> None:
    wall, processor = time.perf_counter(), processor_seconds()
    with Talker(database) as talker:
        loaded = lists.load(database, "c", file, {"columns": section}, clinic=Clinic())
    wall, processor = time.perf_counter() - wall, processor_seconds() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{where}: {loaded.rows} rows in {wall:.1f} s ({loaded.rows / wall:.0f} a second)")
    print(
        f"new {loaded.added}, changed {loaded.updated}, repeated {loaded.repeated}, bad {loaded.bad}; "
        f"{processor:.1f} processor seconds (load {os.getloadavg()[0]:.1f}), peak {peak:.0f} MB; "
        f"a writer beside it waited {max(talker.waits, default=0):.2f} s at most"
    )


if __name__ == "__main__":
    main()
