"""Whatever stands in a file: the loader says what is wrong and where, and never falls over."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from list_samples import CLINIC, HEADER, IVANOVA, NOW, SECTION, SIDOROV, csv_text, write_xlsx

from voicebot.errors import ListError
from voicebot.outbound import columns, lists
from voicebot.outbound.list_row import RowReader
from voicebot.outbound.lists import Loaded
from voicebot.store.sheets import list_file
from voicebot.store.sheets.rejected import RejectedRows
from voicebot.store.sheets.rows import BadRow

GOOD = csv_text([HEADER, IVANOVA, SIDOROV])
with tempfile.TemporaryDirectory() as folder:
    WORKBOOK = write_xlsx(Path(folder) / "list.xlsx", IVANOVA, SIDOROV).read_bytes()
ANY_TEXT = st.text(max_size=40)
LIKELY = st.sampled_from(
    [
        "24.11.2026",
        "15:30",
        "+79161234567",
        "8.9E+10",
        "=A1",
        '="89161234567"',
        "46350",
        "0.5",
        "1e999",
        "nan",
        '"',
        ";",
    ]
)
CELLS = st.one_of(ANY_TEXT, LIKELY, st.integers().map(str), st.floats().map(str))
no_limit = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(content: bytes) -> Loaded | None:
    """What the loader makes of a file; None: it refused the whole, naming the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(content)
        try:
            return lists.check(path, SECTION, clinic=CLINIC, now=NOW)
        except ListError as error:
            assert error.what and error.place == str(path)
            return None


def assert_named(loaded: Loaded) -> None:
    for row in loaded.rejected:
        assert row.line >= 1 and row.problems
        assert str(row).startswith(f"строка {row.line}: ")
        assert all(problem.reason and problem.mend for problem in row.problems)


@given(st.binary(max_size=300))
@example(b"PK\x03\x04" + bytes(200))
@no_limit
def test_random_bytes_are_refused_or_read(content: bytes) -> None:
    loaded = check(content)
    assert loaded is None or loaded.rows == 0


@given(st.lists(st.lists(CELLS, max_size=12), max_size=8))
@no_limit
def test_every_row_of_random_cells_is_loaded_or_named(rows: list[list[str]]) -> None:
    text = csv_text([HEADER, *rows])
    loaded = check(text.encode("utf-8", errors="replace"))
    assert loaded is not None
    assert_named(loaded)


@given(st.lists(st.tuples(st.sampled_from(range(9)), CELLS), max_size=3))
@no_limit
def test_a_row_with_any_cells_changed_is_loaded_or_named_and_its_neighbour_loads(
    changes: list[tuple[int, str]],
) -> None:
    row = list(IVANOVA)
    for place, cell in changes:
        row[place] = cell
    loaded = check(csv_text([HEADER, row, SIDOROV]).encode("utf-8", errors="replace"))
    assert loaded is not None
    assert_named(loaded)
    assert loaded.rows == 2
    assert all(bad.line == 2 for bad in loaded.rejected)


@given(st.integers(0, len(GOOD.encode("cp1251"))), st.sampled_from(["utf-8", "cp1251", "utf-16", "utf-16-le"]))
@no_limit
def test_a_file_cut_off_anywhere_is_refused_or_its_last_row_named(length: int, encoding: str) -> None:
    loaded = check(GOOD.encode(encoding)[:length])
    if loaded is not None:
        assert_named(loaded)
        assert loaded.added <= 2


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_damaged_workbook_is_refused_or_read(data: st.DataObject) -> None:
    content = bytearray(WORKBOOK)
    for place in data.draw(st.lists(st.integers(4, len(content) - 1), min_size=1, max_size=20)):
        content[place] ^= data.draw(st.integers(1, 255))
    loaded = check(bytes(content))
    if loaded is not None:
        assert_named(loaded)


@given(st.lists(st.lists(CELLS, min_size=9, max_size=9), min_size=1, max_size=5))
@no_limit
def test_what_the_rejected_file_holds_is_read_again_as_it_was(rows: list[list[str]]) -> None:
    """Every bad row is a row of the rejected file; loading that again names as many."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(csv_text([HEADER, *rows]).encode("utf-8", errors="replace"))
        spec = columns.read(SECTION, place="")
        sheet = list_file.read(path, spec.score)
        places = spec.places(sheet.header.cells)
        reader = RowReader(spec=spec, places=places, width=len(sheet.header.cells), clinic=CLINIC, now=NOW)
        with RejectedRows(path) as rejected:
            bad = [row for row in map(reader.read, sheet.rows) if isinstance(row, BadRow)]
            for row in bad:
                rejected.add(sheet.header, row)
        if rejected.file is None:
            return
        again = lists.check(rejected.file, SECTION, clinic=CLINIC, now=NOW)
        with rejected.file.open(encoding="utf-8-sig", newline="") as stream:
            written = list(csv.reader(io.StringIO(stream.read(), newline=""), delimiter=";"))
        assert len(written) == len(bad) + 1
        assert again.rows == len(bad)
