from datetime import date
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from voicebot.config import Clinic
from voicebot.errors import ListError
from voicebot.store import pace, patient_table, patients
from voicebot.store.database import Database
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.sheets.load import Loaded
from voicebot.store.tables import Gender, Number, Patient, PatientNumber

HEADER = "Фамилия;Имя;Отчество;Телефон;Дата рождения;Пол;Номер карты;Часовой пояс\n"


def load(database: Database, folder: Path, *rows: str) -> Loaded:
    file = folder / "patients.csv"
    file.write_text(HEADER + "\n".join(rows))
    return patient_table.load(database, file, clinic=Clinic())


async def count(database: Database) -> tuple[int, int, int]:
    async with database.read() as session:
        found = [
            await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Patient, Number, PatientNumber)
        ]
    return found[0], found[1], found[2]


async def test_a_row_becomes_a_patient_with_all_that_it_tells(database: Database, tmp_path: Path) -> None:
    loaded = load(database, tmp_path, "иванова;МАРИЯ;Петровна;8 (916) 123-45-67;5.3.1975;ж;К-1;Asia/Omsk")
    assert (loaded.added, loaded.known, loaded.rejected, loaded.rejected_file) == (1, 0, [], None)
    async with database.read() as session:
        [patient] = (await session.scalars(select(Patient))).all()
        [number] = (await session.scalars(select(Number))).all()
    assert (patient.surname, patient.name, patient.name_key) == ("Иванова", "Мария", "иванова мария петровна")
    assert (patient.birth_date, patient.gender, patient.external_id) == (date(1975, 3, 5), Gender.FEMALE, "К-1")
    assert (number.e164, number.zone, number.do_not_call) == ("+79161234567", "Asia/Omsk", False)


async def test_a_family_shares_a_number_and_a_person_has_several(database: Database, tmp_path: Path) -> None:
    loaded = load(
        database,
        tmp_path,
        "Иванова;Мария;;9161234567;;;К-1;",
        "Иванова;Ася;;9161234567;;;К-2;",
        "Иванова;Мария;;9167654321;;;К-1;",
        "Иванова;Мария;;9161234567;;;;",
    )
    assert (loaded.added, loaded.known) == (2, 2)
    assert await count(database) == (2, 2, 3)


async def test_a_father_and_his_son_of_one_name_are_two(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path, "Иванов;Иван;;9161234567;01.01.1950;;;", "Иванов;Иван;;9161234567;01.01.1980;;;")
    load(database, tmp_path, "Иванов;Иван;;9161234567;01.01.1980;;;")
    async with database.read() as session:
        family = await patients.of_number(session, "+79161234567")
    assert [one.birth_date for one in family] == [date(1950, 1, 1), date(1980, 1, 1)]


async def test_who_is_known_is_completed_and_never_changed(database: Database, tmp_path: Path) -> None:
    load(database, tmp_path, "Иванов;Иван;;9161234567;;;;")
    loaded = load(database, tmp_path, "Иванов;Иван;;9161234567;01.01.1950;м;;Asia/Omsk")
    assert (loaded.added, loaded.known) == (0, 1)
    load(database, tmp_path, "Иванов;Иван;;9161234567;;ж;;")
    async with database.read() as session:
        [one] = await patients.of_number(session, "+79161234567")
        assert await session.scalar(select(Number.zone)) == "Europe/Moscow"
    assert (one.birth_date, one.gender) == (date(1950, 1, 1), Gender.MALE)


async def test_many_rows_in_several_batches_are_all_there_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_FIRST", 7)
    rows = [f"Иванов;Иван;;9{no:09};;;К-{no};" for no in range(100)]
    assert load(database, tmp_path, *rows).added == 100
    assert (load(database, tmp_path, *rows, *rows).known, await count(database)) == (200, (100, 100, 100))


def test_a_file_without_a_column_for_the_number_is_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Фамилия;Имя\nИванов;Иван\n")
    with pytest.raises(ListError, match="Телефон"):
        patient_table.load(database, tmp_path / "a.csv", clinic=Clinic())


@given(st.integers(0, 10**9 - 1), st.sampled_from(["", "8", "7", "+7", "8 (", "+7 "]))
def test_the_quick_reading_of_mobile_numbers_says_what_the_thorough_one_says(digits: int, prefix: str) -> None:
    written = f"{prefix}9{digits:09}"
    number = phonenumbers.parse(written, "RU")
    try:
        read = cells.phone(written, "RU")
    except BadCell:
        assert not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in cells._PERSONAL
    else:
        assert read == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert phonenumbers.is_valid_number(number)
