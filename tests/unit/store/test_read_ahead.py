import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.config import Clinic
from voicebot.errors import ListError
from voicebot.store import patient_table
from voicebot.store.database import Database
from voicebot.store.sheets import ahead, csv_file
from voicebot.store.sheets.ahead import read_ahead

ROWS = "\n".join([*(f"Иванов;91600{no:05};К-{no}" for no in range(3000)), "Петров;12-34;", "Иванов;9160000001;К-1"])


def numbers(count: int) -> Iterator[int]:
    yield from range(count)


def refusal() -> Iterator[int]:
    yield 1
    raise ListError("так нельзя", mend="Никак.")


def death() -> Iterator[int]:
    yield 1
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture(params=["here", "in another process"])
def file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file that is read by this process, or by another."""
    if request.param != "here":
        monkeypatch.setattr(ahead, "_LONG", 0)
    file = tmp_path / "a.csv"
    file.write_text(f"Фамилия;Телефон;Номер карты\n{ROWS}\n")
    return file


def test_all_that_is_read_comes_in_its_order(file: Path) -> None:
    with read_ahead(file, partial(numbers, 5000)) as items:
        assert list(items) == list(range(5000))


def test_what_is_wrong_with_the_file_is_said_where_it_is_written(file: Path) -> None:
    with pytest.raises(ListError, match="так нельзя"), read_ahead(file, refusal) as items:
        list(items)


def test_who_stops_listening_stops_the_reading(file: Path) -> None:
    with read_ahead(file, partial(numbers, 10**9)) as items:
        assert next(items) == 0


def test_a_reader_that_is_killed_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ahead, "_LONG", 0)
    (tmp_path / "a.csv").touch()
    with pytest.raises(ListError, match="оборвалось"), read_ahead(tmp_path / "a.csv", death) as items:
        list(items)


def test_the_reader_does_not_outlive_a_writer_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "endless.py").write_text("def items():\n    while True:\n        yield 'item'\n")
    script = tmp_path / "writer.py"
    script.write_text(
        "from pathlib import Path\nimport endless, os, signal\nfrom multiprocessing import active_children\n"
        "from voicebot.store.sheets import ahead\n\nif __name__ == '__main__':\n    ahead._LONG = 0\n"
        "    with ahead.read_ahead(Path('a.csv'), endless.items) as items:\n"
        "        next(items)\n        print(active_children()[0].pid, flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    writer = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    reader = Path(f"/proc/{int(writer.stdout)}/stat")
    deadline = time.monotonic() + 20
    while _lives(reader) and time.monotonic() < deadline:
        pass
    assert not _lives(reader)


def _lives(stat: Path) -> bool:
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_long_table_is_loaded_as_a_short_one(file: Path, database: Database) -> None:
    told: list[int] = []
    loaded = patient_table.load(database, file, clinic=Clinic(), progress=told.append)
    assert (loaded.added, loaded.known, loaded.bad, loaded.rows) == (3000, 1, 1, 3002)
    assert [row.line for row in loaded.rejected] == [3002]
    assert told[-1] == 3002
    assert loaded.rejected_file is not None
    with loaded.rejected_file.open(encoding="utf-8-sig", newline="") as stream:
        assert [row[:2] for row in csv.reader(stream, delimiter=";")] == [["Фамилия", "Телефон"], ["Петров", "12-34"]]


def test_a_long_file_that_is_no_table_is_refused(file: Path, database: Database) -> None:
    file.write_text("Фамилия;Имя\nИванов;Иван\n")
    with pytest.raises(ListError, match="нет столбца «Телефон»"):
        patient_table.load(database, file, clinic=Clinic())


@given(st.text(st.characters(exclude_characters="\"\r\n'", exclude_categories=["Cs"])), st.sampled_from(";,\t|"))
def test_a_line_without_quotes_is_cut_as_the_csv_module_cuts_it(line: str, delimiter: str) -> None:
    for end in ("", "\n", "\r\n", "\r"):
        expected = next(csv.reader([line + end], delimiter=delimiter), [])
        assert csv_file._cells(line + end, delimiter) == (tuple(expected) or ("",))
