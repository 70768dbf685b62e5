"""How fast a campaign's list is loaded: `python bench/list_load.py [PART …] [--rows 1000000] [--visits] [--again]`.

Parts: `sqlite` and `postgresql` (a million rows of CSV), `xlsx` (100,000 rows into SQLite); all of them by default.
Eight columns (ten with `--visits`, which also make doctors, slots and appointments), 1 % bad rows, 1 % repeated ones.
Meanwhile a talk writes ten times a second into the same store. Prints seconds, processor seconds of all processes,
their peak memory, and how long the talk waited. Told to fit: a million rows of CSV without visits in 60 s and 500 MB;
a talk waits less than 1 s.
"""

import argparse
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from voicebot.bench import loading
from voicebot.bench.loading import Loading
from voicebot.config import Clinic
from voicebot.outbound import lists
from voicebot.outbound.lists import Loaded
from voicebot.outbound.policy import Policy
from voicebot.store.database import Database
from voicebot.store.tables import Campaign, CampaignState

_PERSON = {
    "surname": "Фамилия",
    "name": "Имя",
    "patronymic": "Отчество",
    "phone": "Телефон",
    "external_id": "Номер карты",
    "zone": {"headers": "Часовой пояс", "required": False},
}
_PLAIN = {**_PERSON, "birth_date": "Дата рождения", "service": "Услуга"}
_VISITS = {**_PERSON, "date": "Дата", "time": "Время", "specialty": "Специальность", "doctor": "Врач"}
_SPECIALTIES = ("терапевт", "кардиолог", "невролог", "хирург", "окулист")


def plain_cells(dice: random.Random, no: int) -> Sequence[str]:
    return loading.born(dice), "диспансеризация"


def visit_cells(dice: random.Random, no: int) -> Sequence[str]:
    day = datetime.now(UTC) + timedelta(days=2 + no // 20_000)
    clock = f"{8 + no // 500 % 12:02}:{no // 6000 % 4 * 15:02}"
    return f"{day:%d.%m.%Y}", clock, _SPECIALTIES[no % 5], loading.doctor(no)


def make_campaign(database: Database) -> None:
    with database.sync_write() as session:
        policy = Policy().model_dump(mode="json")
        campaign = Campaign(
            name="c", scenario="s", state=CampaignState.DRAFT, policy=policy, created_at=datetime.now(UTC)
        )
        session.add(campaign)


def load_plain(database: Database, file: Path) -> Loaded:
    return lists.load(database, "c", file, {"columns": _PLAIN}, clinic=Clinic())


def load_visits(database: Database, file: Path) -> Loaded:
    return lists.load(database, "c", file, {"columns": _VISITS}, clinic=Clinic())


_LISTS = {
    False: Loading(
        title="list",
        header=("Дата рождения", "Услуга"),
        cells=plain_cells,
        load=load_plain,
        prepare=make_campaign,
    ),
    True: Loading(
        title="list of visits",
        header=("Дата", "Время", "Специальность", "Врач"),
        cells=visit_cells,
        load=load_visits,
        prepare=make_campaign,
    ),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", action="store_true", help="rows tell of visits")
    loading.run(parser, lambda options: _LISTS[options.visits], print)
