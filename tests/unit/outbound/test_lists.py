import csv
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
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
from voicebot.store.appointments import Change
from voicebot.store.database import Database
from voicebot.store.tables import (
    Appointment,
    AppointmentChange,
    AppointmentStatus,
    Base,
    Contact,
    ContactNumber,
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
    assert (loaded.added, loaded.repeated, loaded.rejected, loaded.rejected_file) == (2, 0, [], None)
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
    assert (again.added, again.updated, again.repeated, again.remarks) == (0, 0, 2, [])


async def test_a_row_repeated_in_the_file_is_called_once_and_said_to_be_repeated(
    load: Callable[..., Loaded], tmp_path: Path
) -> None:
    shouting = changed(IVANOVA, Фамилия="ИВАНОВА", Телефон="89161234567")
    loaded = load(write_csv(tmp_path / "list.csv", IVANOVA, SIDOROV, shouting))
    assert loaded.added == 2
    assert [str(remark) for remark in loaded.remarks] == ["строка 4: повторяет строку 2"]


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
    assert (loaded.added, loaded.repeated) == (2, 1)
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
    again = load(path, name="d")
    async with database.read() as session:
        view = await appointments.get(session, 1)
    assert view is not None and view.status is AppointmentStatus.CANCELLED
    assert count(database, Appointment, Contact) == [1, 1]
    assert [str(remark) for remark in again.remarks] == [
        "строка 2: этот приём уже отменён или перенесён, звонка не будет"
    ]


async def test_yesterdays_list_does_not_book_the_time_from_which_the_patient_has_moved(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "list.csv", IVANOVA)
    load(path)
    async with database.write() as session:
        doctor = (await session.scalars(select(Doctor))).one()
        free = Slot(doctor_id=doctor.id, starts_at=NOW + timedelta(days=9), status=SlotStatus.FREE)
        session.add(free)
        await session.flush()
        assert await appointments.move(session, 1, free.id, by="call:1") is Change.DONE
        await campaigns.create(session, "d", scenario="s", policy=Policy())
    for name in ("c", "d"):
        again = load(path, name=name)
        assert (again.added, again.repeated, len(again.remarks)) == (0, 1, 1)
    assert count(database, Appointment, Contact) == [1, 1]


CONTACT_CARDS = [
    ({"Врач": "Орлов О. О."}, 1),
    ({"Телефон": "89161234599"}, 1),
    ({"Адрес": "каб. 7"}, 1),
    ({"Имя": "Мария"}, 0),
]


@pytest.mark.parametrize(("cells", "updated"), CONTACT_CARDS)
async def test_a_changed_row_changes_its_contact(
    database: Database, load: Callable[..., Loaded], tmp_path: Path, cells: dict[str, str], updated: int
) -> None:
    row = [*IVANOVA, "К-1"]
    section = {"columns": {**SECTION["columns"], "external_id": "Карта"}}
    write = lambda row: (tmp_path / "list.csv").write_text(csv_text([[*HEADER, "Карта"], row]), "utf-8")  # noqa: E731
    write(row)
    load(tmp_path / "list.csv", section)
    write([*changed(IVANOVA, **cells), "К-1"])
    again = load(tmp_path / "list.csv", section)
    assert (again.added, again.updated, again.repeated) == (0, updated, 1 - updated)
    assert count(database, Patient, Appointment, Contact, ContactNumber) == [1, 1, 1, 1]
    async with database.read() as session:
        view = await appointments.get(session, 1)
        contact = (await session.scalars(select(Contact))).one()
        number = await session.get_one(Number, contact.number_id)
        slots = list(await session.scalars(select(Slot.status).order_by(Slot.id)))
    assert view is not None
    assert (view.doctor, view.place) == (cells.get("Врач", "Петров П. И."), cells.get("Адрес", ""))
    assert number.e164 == ("+79161234599" if "Телефон" in cells else "+79161234567")
    assert slots == ([SlotStatus.BUSY_UNAVAILABLE, SlotStatus.BUSY] if "Врач" in cells else [SlotStatus.BUSY])


async def test_a_visit_known_by_its_id_moves_with_the_list_until_it_was_spoken_about(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    section = {"columns": {**SECTION["columns"], "visit_id": "Номер записи"}}

    def load_at(time: str) -> Loaded:
        text = csv_text([[*HEADER, "Номер записи"], [*changed(IVANOVA, Время=time), "Z-9"]])
        (tmp_path / "list.csv").write_text(text, encoding="utf-8")
        return load(tmp_path / "list.csv", section)

    assert load_at("10:00").added == 1
    moved = load_at("12:30")
    assert (moved.added, moved.updated) == (0, 1)
    async with database.write() as session:
        contact = (await session.scalars(select(Contact))).one()
        assert contact.expires_at == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        assert contact.subject == "2026-11-24T09:30Z cardiologist"
        contact.state = ContactState.DONE
    again = load_at("16:00")
    assert (again.added, again.updated) == (1, 0)
    assert count(database, Appointment, Contact) == [1, 2]
    with database.sync_read() as session:
        assert session.scalar(select(Appointment.starts_at)) == datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (ContactState.CALLING, "изменена, но этому человеку звонят сейчас; загрузите список ещё раз"),
        (ContactState.DONE, "изменена, но звонки этому человеку закончены"),
    ],
)
async def test_a_contact_that_is_called_or_has_ended_stays_as_it_is(
    database: Database, load: Callable[..., Loaded], tmp_path: Path, state: ContactState, says: str
) -> None:
    load(write_csv(tmp_path / "list.csv", IVANOVA))
    async with database.write() as session:
        contact = (await session.scalars(select(Contact))).one()
        contact.state = state
    again = load(write_csv(tmp_path / "list.csv", changed(IVANOVA, Адрес="каб. 9")))
    assert (again.added, again.updated, again.repeated) == (0, 0, 1)
    assert [remark.text for remark in again.remarks] == [says]
    with database.sync_read() as session:
        assert session.scalar(select(Contact.state)) is state


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_dry_run_says_what_loading_then_does(
    database: Database, load: Callable[..., Loaded], tmp_path: Path, dry_run: bool
) -> None:
    load(write_csv(tmp_path / "list.csv", IVANOVA))
    anna = changed(IVANOVA, Имя="Анна")
    path = write_csv(tmp_path / "new.csv", changed(IVANOVA, Адрес="каб. 9"), SIDOROV, SIDOROV, anna, ["Короткая"])
    tables = (Patient, Number, PatientNumber, Doctor, Slot, Appointment, AppointmentChange, Contact, ContactNumber)
    before = count(database, *tables)
    if dry_run:
        done = lists.check(path, SECTION, clinic=CLINIC, now=NOW, campaign=(database, "c"))
        assert count(database, *tables) == before
        assert not path.with_name("new.csv.rejected.csv").exists()
    else:
        done = load(path)
    assert (done.added, done.updated, done.repeated, done.bad, done.rows) == (2, 1, 1, 1, 5)
    assert [str(remark) for remark in done.remarks] == ["строка 4: повторяет строку 3"]


async def test_bad_rows_are_told_with_line_column_value_reason_and_mend_and_good_rows_load(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    bad = changed(IVANOVA, Телефон="123", Дата_приёма="32.13.2026")
    loaded = load(write_csv(tmp_path / "list.csv", IVANOVA, bad, SIDOROV))
    assert loaded.added == 2
    assert [str(row) for row in loaded.rejected] == [
        "строка 3: столбец «Телефон», значение «123»: такого номера быть не может. "
        "Впишите один номер целиком, с кодом: +7 916 123-45-67; "
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
    assert (loaded.added, loaded.repeated) == (1, 68)


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


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("Иванова Мария Петровна", "24.11.2026 15:30"), ""),
        (("", "24.11.2026 15:30"), "строка 2: столбец «ФИО», значение «»: пусто. Заполните ячейку."),
        (("Иванова Мария", "24.11.2026"), "нет времени приёма"),
    ],
)
def test_names_and_times_may_stand_in_one_column_each_whatever_the_scenario_calls_them(
    tmp_path: Path, row: Sequence[str], says: str
) -> None:
    section = {"columns": SECTION["columns"] | {"time": {"headers": "Время", "required": False}}}
    rows = [["ФИО пациента", "Дата приёма", "Время", "Телефон", "Специальность"], [*row, "", "89161234567", "терапевт"]]
    (tmp_path / "list.csv").write_text(csv_text(rows), encoding="utf-8")
    loaded = lists.check(tmp_path / "list.csv", section, clinic=CLINIC, now=NOW)
    assert [says in str(bad) and says != "" for bad in loaded.rejected] == ([True] if says else [])
    assert loaded.added == (0 if says else 1)


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
    assert (loaded.added, loaded.repeated) == (2, 1)
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
    assert (loaded.added, loaded.repeated, len(loaded.rejected), loaded.rows) == (1200, 5, 1, 1206)
    assert count(database, Contact) == [1200]


NUMBERS = {"columns": {**SECTION["columns"], "phone2": {"headers": "Второй телефон", "required": False}}}


def two_numbers(path: Path, first: str, second: str) -> Path:
    path.write_text(csv_text([[*HEADER, "Второй телефон"], [*changed(IVANOVA, Телефон=first), second]]), "utf-8")
    return path


@pytest.mark.parametrize(
    ("first", "second", "numbers", "remarks"),
    [
        ("89161234567", "89161234568", ["+79161234567", "+79161234568"], []),
        ("89161234568; 8(916)1234567, +74951234567", "", ["+79161234568", "+79161234567", "+74951234567"], []),
        ("89161234567", "8 916 1234567", ["+79161234567"], []),
        ("", "89161234568", ["+79161234568"], []),
        (
            "123 / 89161234567",
            "=A1",
            ["+79161234567"],
            [
                "столбец «Телефон», номер «123» пропущен: такого номера быть не может",
                "столбец «Второй телефон», номер «=A1» пропущен: вместо значения формула",
            ],
        ),
    ],
)
async def test_a_person_has_the_numbers_of_all_columns_and_cells_in_their_order(
    database: Database,
    load: Callable[..., Loaded],
    tmp_path: Path,
    first: str,
    second: str,
    numbers: list[str],
    remarks: list[str],
) -> None:
    loaded = load(two_numbers(tmp_path / "list.csv", first, second), NUMBERS)
    assert (loaded.added, loaded.bad, [remark.text for remark in loaded.remarks]) == (1, 0, remarks)
    query = select(Number.e164).join(ContactNumber, ContactNumber.number_id == Number.id)
    with database.sync_read() as session:
        assert session.scalars(query.order_by(ContactNumber.position)).all() == numbers
        contact = session.scalars(select(Contact)).one()
        assert session.get_one(Number, contact.number_id).e164 == numbers[0]
        assert contact.zone == "Europe/Moscow"
    assert count(database, PatientNumber) == [len(numbers)]


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ("", "", "столбец «Телефон», значение «»: пусто"),
        ("123", "", "столбец «Телефон», значение «123»: такого номера быть не может"),
        ("", "12", "столбец «Второй телефон», значение «12»: "),
    ],
)
def test_a_row_without_a_good_number_is_rejected(tmp_path: Path, first: str, second: str, says: str) -> None:
    loaded = lists.check(two_numbers(tmp_path / "list.csv", first, second), NUMBERS, clinic=CLINIC, now=NOW)
    (row,) = loaded.rejected
    assert says in str(row)


async def test_who_is_known_by_the_second_number_is_no_new_patient(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    load(two_numbers(tmp_path / "list.csv", "89161234567", "89161234568"), NUMBERS)
    load(two_numbers(tmp_path / "list.csv", "89161234568", "89161234569"), NUMBERS)
    assert count(database, Patient, Number, PatientNumber, Contact) == [1, 3, 3, 1]


async def test_a_number_that_is_dead_stays_dead_when_the_row_changes(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    load(two_numbers(tmp_path / "list.csv", "89161234567", "89161234568"), NUMBERS)
    async with database.write() as session:
        (await session.scalars(select(ContactNumber).where(ContactNumber.position == 0))).one().dead = True
    load(two_numbers(tmp_path / "list.csv", "89161234567", "89161234568; 89161234569"), NUMBERS)
    with database.sync_read() as session:
        dead = session.scalars(select(ContactNumber.dead).order_by(ContactNumber.position)).all()
        contact = session.scalars(select(Contact)).one()
        assert dead == [True, False, False]
        assert session.get_one(Number, contact.number_id).e164 == "+79161234568"


async def test_a_row_for_which_it_is_too_late_is_told(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    loaded = load(write_csv(tmp_path / "list.csv", changed(IVANOVA, Дата_приёма="22.11.2026")))  # a Sunday
    assert (loaded.added, [remark.text for remark in loaded.remarks]) == (1, ["звонить уже поздно"])
    with database.sync_read() as session:
        assert session.scalar(select(Contact.state)) is ContactState.EXPIRED


async def test_a_long_list_is_read_by_another_process_and_says_the_same(
    database: Database, load: Callable[..., Loaded], tmp_path: Path
) -> None:
    rows = [changed(IVANOVA, Телефон=f"+7916{no:07}", Адрес="улица Мира " * 20) for no in range(6000)]
    path = write_csv(tmp_path / "list.csv", *rows, changed(IVANOVA, Имя="1"), rows[17])
    assert path.stat().st_size > 2 * 2**20
    loaded = load(path)
    assert (loaded.added, loaded.repeated, loaded.bad) == (6000, 1, 1)
    assert [str(remark) for remark in loaded.remarks] == ["строка 6003: повторяет строку 19"]
    assert loaded.rejected_file is not None and loaded.rejected_file.exists()
    assert count(database, Contact, ContactNumber) == [6000, 6000]
