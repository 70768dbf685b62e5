"""How fast patients are loaded: `python bench/store_patients.py [PART …] [--rows 1000000] [--again]`.

Parts: `sqlite` and `postgresql` (a million rows of CSV), `xlsx` (100,000 rows into SQLite); all of them by default.
Eight columns, 1 % bad rows, 1 % repeated ones. Meanwhile a talk writes ten times a second into the same store. Prints
seconds, processor seconds of all processes, their peak memory, and how long the talk waited. Told to fit: a million
rows of CSV in 60 s and 500 MB; a talk waits at most 2 s.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from voicebot.bench import loading
from voicebot.bench.loading import Loading
from voicebot.config import Clinic
from voicebot.store import patient_table
from voicebot.store.database import Database
from voicebot.store.sheets.load import Loaded


def cells(dice: random.Random, no: int) -> Sequence[str]:
    return loading.born(dice), "м"


def load(database: Database, file: Path) -> Loaded:
    return patient_table.load(database, file, clinic=Clinic())


_PATIENTS = Loading(title="patients", header=("Дата рождения", "Пол"), cells=cells, load=load)

if __name__ == "__main__":
    loading.run(argparse.ArgumentParser(description=__doc__), lambda _options: _PATIENTS, print)
