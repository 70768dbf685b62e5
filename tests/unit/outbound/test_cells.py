from datetime import date, datetime, time

import pytest

from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.sheets.sheet import Cell
from voicebot.store.tables import Gender


@pytest.mark.parametrize(
    ("cell", "e164"),
    [
        ("+7 (916) 123-45-67", "+79161234567"),
        ("8 916 123 45 67", "+79161234567"),
        ("9161234567", "+79161234567"),
        (79161234567, "+79161234567"),
        (89161234567.0, "+79161234567"),
        ("8(495)123-45-67", "+74951234567"),
        ("+49 30 123456", "+4930123456"),
        ("\u00a0+7\u00a0916\u00a01234567 ", "+79161234567"),
    ],
)
def test_a_number_is_understood_however_it_is_written(cell: Cell, e164: str) -> None:
    assert cells.phone(cell, "RU") == e164


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("8.91612E+10", "Excel превратил номер в число"),
        ("8,91612E+10", "Excel превратил номер в число"),
        ("123", "такого номера быть не может"),
        ("+7 916 123-45-6", "такого номера быть не может"),
        ("нет", "не номер телефона"),
        ("8 916 123 45 67, 8 916 123 45 68", "больше одного номера"),
        ("8 800 555 35 35", "номер службы"),
        ("+7 916 123 45 67 доб. 5", "добавочным"),
        ("=A1", "формула"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(cell: Cell, reason: str) -> None:
    with pytest.raises(BadCell, match=reason):
        cells.phone(cell, "RU")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("24.11.2026", date(2026, 11, 24)),
        ("24.11.26", date(2026, 11, 24)),
        ("4.1.2027 г.", date(2027, 1, 4)),
        ("2026-11-24", date(2026, 11, 24)),
        ("24/11/2026", date(2026, 11, 24)),
        ("24 ноября 2026", date(2026, 11, 24)),
        ("1 мая 2027 года", date(2027, 5, 1)),
        ("3 марта 2027", date(2027, 3, 3)),
        ("24.11.2026 15:30", date(2026, 11, 24)),
        ("2026-11-24T15:30:00", date(2026, 11, 24)),
        (datetime(2026, 11, 24, 15, 30), date(2026, 11, 24)),  # noqa: DTZ001
        (date(2026, 11, 24), date(2026, 11, 24)),
        (46350, date(2026, 11, 24)),
        (46350.645833, date(2026, 11, 24)),
        ("46350", date(2026, 11, 24)),
    ],
)
def test_a_date_is_understood_however_it_is_written(cell: Cell, value: date) -> None:
    assert cells.day(cell) == value


@pytest.mark.parametrize("cell", ["24.11", "32.01.2027", "29.02.2027", "завтра", "24 абвгд 2026", "999999", "2026", 5])
def test_what_is_no_date_is_refused(cell: Cell) -> None:
    with pytest.raises(BadCell, match="дат"):
        cells.day(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("15:30", time(15, 30)),
        ("9.05", time(9, 5)),
        ("9-05", time(9, 5)),
        ("15:30:00", time(15, 30)),
        ("15", time(15)),
        ("9 ч 30 мин", time(9, 30)),
        ("9 часов", time(9)),
        (time(15, 30), time(15, 30)),
        (0.645833333, time(15, 30)),
        (datetime(2026, 11, 24, 15, 30), time(15, 30)),  # noqa: DTZ001
        ("24.11.2026 15:30", time(15, 30)),
        (46350.645833, time(15, 30)),
    ],
)
def test_a_time_is_understood_however_it_is_written(cell: Cell, value: time) -> None:
    assert cells.clock(cell) == value


@pytest.mark.parametrize("cell", ["25:00", "15:61", "утром", "15.5", "", "24.11.2026"])
def test_what_is_no_time_is_refused(cell: Cell) -> None:
    with pytest.raises(BadCell, match="врем"):
        cells.clock(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("Иванова", "Иванова"), ("ИВАНОВА", "Иванова"), ("мария", "Мария"), ("Ла Гранж", "Ла Гранж")]
)
def test_a_name_in_capitals_is_written_as_names_are(cell: str, value: str) -> None:
    assert cells.name(cell) == value


@pytest.mark.parametrize("cell", ["Иванова2", "—", "я" * 101])
def test_what_is_no_name_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        cells.name(cell)


@pytest.mark.parametrize(("cell", "value"), [("ж", Gender.FEMALE), ("Муж.", Gender.MALE), ("female", Gender.FEMALE)])
def test_a_gender_is_a_letter_or_a_word(cell: str, value: Gender) -> None:
    assert cells.gender(cell) is value


@pytest.mark.parametrize(
    ("cell", "value"),
    [(5.0, "5"), (5.5, "5.5"), (True, "да"), ("  а\n б ", "а б"), (None, ""), (date(2026, 1, 2), "02.01.2026")],
)
def test_text_is_what_people_see(cell: Cell, value: str) -> None:
    assert cells.text(cell) == value


def test_the_zone_of_a_landline_is_known_and_that_of_a_mobile_is_not() -> None:
    assert cells.zone_of("+74232223344") == "Asia/Vladivostok"
    assert cells.zone_of("+79161234567") is None
    kazakh = [cells.zone_of(f"+77172{digits}") for digits in ("440455", "150545")]  # the second by the first's prefix
    assert kazakh == ["Asia/Almaty"] * 2


def test_a_zone_is_an_iana_name() -> None:
    assert cells.zone("Asia/Omsk") == "Asia/Omsk"
    with pytest.raises(BadCell):
        cells.zone("МСК+3")
