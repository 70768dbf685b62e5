import csv
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from list_samples import (
    CLINIC,
    HEADER,
    IVANOVA,
    NOW,
    SECTION,
    SIDOROV,
    changed,
    csv_text,
    write_csv,
    write_xlsx,
)
from openpyxl import load_workbook
from sqlalchemy import func, select

from voicebot.errors import CampaignError, ListError, ScenarioError
from voicebot.outbound import campaigns, lists
from voicebot.outbound.lists import Loaded
from voicebot.outbound.policy import Policy
from voicebot.store import appointments
from voicebot.store.database import Database
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Base,
    Contact,
    ContactState,
    Doctor,
    Number,
    Patient,
    PatientNumber,
    Slot,
    SlotStatus,
)


@pytest.fixture
def now() -> Callable[[], datetime]:
    return lambda: NOW


@pytest.fixture
async def load(database: Database) -> Callable[..., Loaded]:
    async with database.write() as session:
        await campaigns.create(session, "c", scenario="s", policy=Policy())

    def load(path: Path, section: dict[str, Any] = SECTION, name: str = "c") -> Loaded:
        return lists.load(database, name, path, section, clinic=CLINIC)

    return load


def count(database: Database, *tables: type[Base]) -> list[int]:
    with database.sync_read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def check(path: Path) -> Loaded:
    return lists.check(path, SECTION, clinic=CLINIC, now=NOW)


async def test_a_row_becomes_a_patient_a_number_a_visit_and_a_contact(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    loaded = load(write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV))
    assert (loaded.added, loaded.repeated, loaded.rejected, loaded.rejected_file) == (2, [], [], None)
    async with database.read() as session:
        contact = (await session.scalars(select(Contact).order_by(Contact.id))).first()
        assert contact is not None and contact.appointment_id is not None
        view = await appointments.get(session, contact.appointment_id)
        number = await session.get_one(Number, contact.number_id)
        slot = (await session.scalars(select(Slot))).one()
        change = (await session.scalars(select(AppointmentChange))).first()
    assert view is not None
    assert (view.patient, view.specialty, view.doctor) == ("Иванова Мария Петровна", "cardiologist", "Петров П. И.")
    assert view.starts_at.isoformat() == "2026-11-24T15:30:00+03:00"
    assert (number.e164, number.zone) == ("+79161234567", "Europe/Moscow")
    assert slot.status is SlotStatus.BUSY
    assert change is not None and (change.what, change.by) == ("booked", "list:c")
    assert contact.state is ContactState.WAITING
    assert contact.due_at == datetime(2026, 11, 23, 6, 10, tzinfo=UTC)  # NOW is a Saturday: Monday 9:10 in Moscow
    assert contact.expires_at == view.starts_at


async def test_a_known_number_keeps_its_zone_and_one_without_gets_it(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    async with database.write() as session:
        session.add_all([Number(e164="+79161234567"), Number(e164="+79161234568", zone="Asia/Omsk")])
    load(write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV))
    with database.sync_read() as session:
        zones = session.scalars(select(Number.zone).order_by(Number.e164)).all()
    assert zones == ["Europe/Moscow", "Asia/Omsk"]


async def test_the_same_file_twice_adds_nothing(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV)
    load(path)
    tables = (Patient, Number, PatientNumber, Doctor, Slot, Appointment, AppointmentChange, Contact)
    before = count(database, *tables)
    again = load(path)
    assert count(database, *tables) == before == [2, 2, 2, 1, 1, 2, 2, 2]
    assert again.added == 0
    assert [str(row) for row in again.repeated] == [
        "строка 2: уже загружена раньше",
        "строка 3: уже загружена раньше",
    ]


async def test_a_row_repeated_in_the_file_is_called_once_and_said_to_be_repeated(
    load: Callable[..., Loaded], tmp_path: Path
) -> None:
    shouting = changed(IVANOVA, Фамилия="ИВАНОВА", Телефон="89161234567")
    loaded = load(write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV, shouting))
    assert loaded.added == 2
    assert [str(row) for row in loaded.repeated] == ["строка 4: повторяет строку 2"]


async def test_a_mothers_two_children_are_two_contacts_of_one_number(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    anna = changed(IVANOVA, Имя="Анна", Время="16:00")
    load(write_csv(tmp_path / "list.csv", IVANOVA, anna))
    assert count(database, Patient, Number, Contact) == [2, 1, 2]


async def test_two_visits_of_one_patient_are_two_contacts(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    second = changed(IVANOVA, Время="17:00", Специальность="невролог", Врач="Орлов О. О.")
    load(write_csv(tmp_path / "list.csv", IVANOVA, second))
    assert count(database, Patient, Appointment, Contact) == [1, 2, 2]


async def test_a_father_and_a_son_of_one_name_differ_by_their_birth_dates(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    rows = [[*HEADER, "Дата рождения"], [*SIDOROV, "01.02.1960"], [*SIDOROV, "03.04.1990"], [*SIDOROV, "01.02.1960"]]
    (tmp_path / "list.csv").write_text(csv_text(rows), encoding="utf-8")
    loaded = load(tmp_path / "list.csv")
    assert (loaded.added, len(loaded.repeated)) == (2, 1)
    with database.sync_read() as session:
        births = session.scalars(select(Patient.birth_date).order_by(Patient.birth_date)).all()
    assert births == [date(1960, 2, 1), date(1990, 4, 3)]


async def test_two_patients_for_one_time_of_one_doctor_are_both_called_and_one_has_the_slot(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    load(write_csv(tmp_path / "list.csv", IVANOVA, changed(SIDOROV, **dict(zip(HEADER[4:], IVANOVA[4:], strict=True)))))
    with database.sync_read() as session:
        slots = session.scalars(select(Appointment.slot_id).order_by(Appointment.id)).all()
    assert count(database, Slot, Contact) == [1, 2]
    assert slots[0] is not None and slots[1] is None


async def test_yesterdays_list_does_not_book_again_what_the_patient_cancelled(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "list.csv", IVANOVA)
    load(path)
    async with database.write() as session:
        await appointments.cancel(session, 1, reason="", by="call:1")
        await campaigns.create(session, "d", scenario="s", policy=Policy())
    load(path, name="d")
    async with database.read() as session:
        view = await appointments.get(session, 1)
    assert view is not None and view.status is AppointmentStatus.CANCELLED
    assert count(database, Appointment) == [1]


async def test_bad_rows_are_told_with_line_column_value_reason_and_mend_and_good_rows_load(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    bad = changed(IVANOVA, Телефон="123", Дата_приёма="32.13.2026")
    loaded = load(write_csv(tmp_path / "list.csv", IVANOVA, bad, SIDOROV))
    assert loaded.added == 2
    assert [str(row) for row in loaded.rejected] == [
        "строка 3: столбец «Телефон», значение «123»: такого номера быть не может. "
        "Впишите один номер целиком, с кодом: +7 916 123-45-67.; "
        "столбец «Дата приёма», значение «32.13.2026»: такой даты нет в календаре. "
        "Напишите день, месяц и год: 24.11.2026."
    ]
    assert count(database, Contact) == [2]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"Имя": ""}, "столбец «Имя», значение «»: пусто"),
        ({"Время": "25:00"}, "такого времени нет"),
        ({"Время": ""}, "столбец «Время», значение «»: пусто"),
        ({"Дата_приёма": "20.11.2026"}, "это время уже прошло"),
        ({"Фамилия": "=A2"}, "вместо значения формула"),
        ({"Специальность": " "}, "столбец «Специальность», значение «»: пусто"),
    ],
)
def test_every_kind_of_bad_cell_is_told(tmp_path: Path, cells: dict[str, str], says: str) -> None:
    loaded = check(write_csv(tmp_path / "list.csv", changed(IVANOVA, **cells), SIDOROV))
    assert loaded.added == 1
    (row,) = loaded.rejected
    assert str(row).startswith("строка 2: ") and says in str(row)


async def test_rejected_rows_are_corrected_in_their_file_and_loaded_again(
    load: Callable[..., Loaded], tmp_path: Path
) -> None:
    bad = [changed(IVANOVA, Телефон="+7 916"), changed(SIDOROV, Имя="=2+2"), ["Короткая"]]
    loaded = load(write_csv(tmp_path / "list.csv", *bad))
    assert loaded.added == 0
    file = tmp_path / "list.csv.rejected.csv"
    assert loaded.rejected_file == file
    with file.open(encoding="utf-8-sig", newline="") as stream:
        header, *rows = csv.reader(stream, delimiter=";")
    assert header == [*HEADER, "Ошибка"]
    assert [row[-1][:9] for row in rows] == ["строка 2:", "строка 3:", "строка 4:"]
    assert [row[1] for row in rows] == ["Мария", "'=2+2", ""]
    rows[0][3], rows[1][1] = "+7 916 1234567", "Пётр"
    file.write_text(csv_text([header, *rows]), encoding="utf-8-sig")
    again = load(file)
    assert (again.added, len(again.rejected)) == (2, 1)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16", "utf-16-le"])
def test_any_usual_encoding_and_delimiter_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV, encoding=encoding, delimiter=delimiter)
    assert (check(path).added, check(path).rejected) == (2, [])


def test_titles_above_the_header_empty_rows_and_excels_own_line_do_no_harm(tmp_path: Path) -> None:
    text = "sep=;\r\nСписок на 24.11.2026;;\r\n\r\n" + csv_text([HEADER, IVANOVA, [""] * 9, SIDOROV]) + "\r\n"
    (tmp_path / "list.csv").write_text(text, encoding="cp1251", newline="")
    assert (check(tmp_path / "list.csv").added, check(tmp_path / "list.csv").rejected) == (2, [])


def test_a_line_break_inside_quotes_belongs_to_the_cell(tmp_path: Path) -> None:
    loaded = check(write_csv(tmp_path / "list.csv", changed(IVANOVA, Адрес="ул. Мира,\nкаб. 5"), SIDOROV))
    assert (loaded.added, loaded.rejected) == (2, [])


def test_a_quote_left_open_costs_its_own_row_only(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    rows = csv_text([IVANOVA] * 70).splitlines()
    rows[1] = rows[1].replace("Мария", '"Мария')
    path.write_text("\n".join([";".join(HEADER), *rows]), encoding="utf-8")
    loaded = check(path)
    assert [str(row)[:28] for row in loaded.rejected] == ["строка 3: не закрыта кавычка"]
    assert loaded.added == 69


def test_a_row_of_damaged_letters_is_rejected_alone(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV)
    path.write_bytes(path.read_bytes().replace("Сидоров".encode(), b"\xd0\xff\xfe\xd0"))
    loaded = check(path)
    assert loaded.added == 1
    assert "повреждена кодировка" in str(loaded.rejected[0])


def test_short_and_long_rows_are_told(tmp_path: Path) -> None:
    loaded = check(write_csv(tmp_path / "list.csv", IVANOVA[:5], [*IVANOVA, "лишнее"], [*SIDOROV, "", ""]))
    assert loaded.added == 1
    assert "столбец «Время», значение «»: строка короче заголовка" in str(loaded.rejected[0])
    assert "ячеек больше, чем столбцов" in str(loaded.rejected[1])


def test_a_workbook_with_real_dates_times_and_numbers_is_read(tmp_path: Path) -> None:
    dated = changed(IVANOVA, Телефон=89161234567, Дата_приёма=datetime(2026, 11, 24), Время=0.645833333)  # noqa: DTZ001
    serial = changed(SIDOROV, Телефон=9161234568.0, Дата_приёма=46350, Время="9:05")
    path = write_xlsx(tmp_path / "list.xlsx", dated, serial)
    assert (check(path).added, check(path).rejected) == (2, [])


def test_a_workbook_is_known_by_its_content_and_its_list_found_on_any_sheet(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "list.xlsx", IVANOVA)
    book = load_workbook(path)
    book.create_sheet("Заметки", 0).append(["Список пациентов"])
    book.save(path)
    path = path.rename(tmp_path / "list.csv")
    assert check(path).added == 1


def test_a_formula_that_was_never_computed_rejects_its_row(tmp_path: Path) -> None:
    loaded = check(write_xlsx(tmp_path / "list.xlsx", changed(IVANOVA, Телефон="=A1"), SIDOROV))
    assert loaded.added == 1
    assert str(loaded.rejected[0]).startswith("строка 2: в ячейке 4 формула")


def test_date_and_time_may_stand_in_one_cell(tmp_path: Path) -> None:
    section = {"columns": SECTION["columns"] | {"time": {"headers": "Время", "required": False}}}
    header = [name for name in HEADER if name != "Время"]
    rows = [[cell for name, cell in zip(HEADER, row, strict=True) if name != "Время"] for row in (IVANOVA, SIDOROV)]
    rows[0][4] = "24.11.2026 15:30"
    (tmp_path / "list.csv").write_text(csv_text([header, *rows]), encoding="utf-8")
    loaded = lists.check(tmp_path / "list.csv", section, clinic=CLINIC, now=NOW)
    assert loaded.added == 1
    assert "нет времени приёма" in str(loaded.rejected[0])


def test_a_full_name_in_one_cell_is_taken_apart(tmp_path: Path) -> None:
    section = {"columns": {"full_name": "ФИО", "phone": "Телефон", "service": "Услуга"}, "subject": ["service"]}
    rows = [["ФИО", "Телефон", "Услуга"], ["Иванова Мария Петровна", "89161234567", "прививка"]]
    (tmp_path / "list.csv").write_text(csv_text(rows), encoding="utf-8")
    assert lists.check(tmp_path / "list.csv", section, clinic=CLINIC, now=NOW).added == 1


async def test_a_list_without_visits_keeps_its_columns_for_the_scenario(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    section = {"columns": {"full_name": "ФИО", "phone": "Телефон", "service": "Услуга"}, "subject": ["service"]}
    rows: Sequence[Sequence[str]] = [
        ["ФИО", "Телефон", "Услуга"],
        ["Иванова Мария", "89161234567", "прививка"],
        ["Иванова Мария", "89161234567", "осмотр"],
        ["Иванова Мария", "89161234567", "прививка"],
    ]
    (tmp_path / "list.csv").write_text(csv_text(rows), encoding="utf-8")
    loaded = load(tmp_path / "list.csv", section)
    assert (loaded.added, len(loaded.repeated)) == (2, 1)
    with database.sync_read() as session:
        contacts = session.scalars(select(Contact).order_by(Contact.id)).all()
    assert [(contact.subject, contact.data) for contact in contacts] == [
        ("прививка", {"service": "прививка"}),
        ("осмотр", {"service": "осмотр"}),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "файл пуст"),
        (b"\n \n;;;\n", "ни одной заполненной строки"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "не таблица CSV или XLSX"),
        (b"PK\x03\x04 but no archive", "книга Excel повреждена"),
        ("Фамилия;Имя\nИванова;Мария\n".encode(), "нет столбцов «Телефон», «Дата приёма», «Время», «Специальность»"),
        (b"\x00\x01\x02", "нет столбцов"),
    ],
)
def test_what_is_no_list_is_one_clear_error_that_names_the_file(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(ListError, match=says) as caught:
        check(tmp_path / "list.csv")
    assert str(caught.value).startswith(f"{tmp_path / 'list.csv'}: ")


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ListError, match="файл нельзя открыть"):
            check(path)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({}, "list.columns"),
        ({"columns": {"surname": "Ф", "name": "И"}}, "column `phone`"),
        ({"columns": {"phone": "Т"}}, "`full_name`"),
        ({"columns": {"full_name": "Ф", "phone": {"header": "Т"}}}, "list.columns.phone"),
        ({"columns": {"full_name": "Ф", "phone": "Т"}, "subject": ["service"]}, "service"),
    ],
)
def test_a_wrong_list_section_names_its_key(tmp_path: Path, section: dict[str, Any], says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        lists.check(write_csv(tmp_path / "list.csv", IVANOVA), section, clinic=CLINIC, now=NOW)


async def test_only_a_campaign_that_lives_takes_a_list(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "list.csv", IVANOVA)
    with pytest.raises(CampaignError, match="no such campaign"):
        load(path, name="other")
    async with database.write() as session:
        await campaigns.stop(session, "c")
    with pytest.raises(CampaignError, match="stopped"):
        load(path)


async def test_a_list_of_many_batches_loads_whole(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    rows = [changed(IVANOVA, Телефон=f"+7916{no:07}", Имя="Анна" if no % 2 else "Мария") for no in range(1200)]
    path = write_csv(tmp_path / "list.csv", *rows, changed(IVANOVA, Имя="1"), *rows[:5])
    loaded = load(path)
    assert (loaded.added, len(loaded.repeated), len(loaded.rejected), loaded.rows) == (1200, 5, 1, 1206)
    assert count(database, Contact) == [1200]
