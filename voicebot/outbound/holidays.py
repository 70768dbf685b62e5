"""Days that are not what their weekday says: public holidays of Russia, days off that were moved, the clinic's own."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from holidays import country_holidays

_SATURDAY, _SUNDAY = 5, 6


class HolidayRule(StrEnum):
    """What a public holiday means for calling."""

    CLOSED = "closed"  #: nobody is called
    AS_SUNDAY = "as_sunday"  #: the windows of Sunday hold
    IGNORE = "ignore"  #: the windows of its weekday hold


def weekday(
    day: date, rule: HolidayRule, *, closed: Collection[date] = (), opened: Collection[date] = ()
) -> int | None:
    """The weekday (0 is Monday) whose windows hold on this day; None: nobody is called.

    `closed` and `opened` are the clinic's own days, and win. A Saturday or Sunday that the government made a working
    day is a Friday. Federal days only: those of a region belong into `closed`.
    """
    if day in closed:
        return None
    if rule is HolidayRule.IGNORE or day in opened:
        return day.weekday()
    if day in _days_off(day.year):
        return _SUNDAY if rule is HolidayRule.AS_SUNDAY else None
    return _SATURDAY - 1 if day in _working_weekends(day.year) else day.weekday()


def name_of(day: date) -> str | None:
    """What is celebrated, in Russian; None on a day like any other."""
    if day not in _days_off(day.year):
        return None
    return country_holidays("RU", years=day.year, language="ru").get(day, "перенесённый выходной")


@cache
def _days_off(year: int) -> frozenset[date]:
    """Holidays and the days off moved to other days by the year's decree.

    The decree comes out in the autumn before. For a year whose decree is not known yet the law's own rule holds (a
    holiday on a weekend, other than those of January, is made good on the next working day: Labour Code, article 112),
    and the last day of the year is off, as nearly all decrees make it.
    """
    known = country_holidays("RU", years=year)
    days = {day for day in known if day.year == year}
    if year in _decreed():
        return frozenset(days)
    for day in sorted(days):
        if day.month > 1 and day.weekday() in (_SATURDAY, _SUNDAY):
            days.add(_next_working(day, days))
    return frozenset(days | {date(year, 12, 31)})


@cache
def _working_weekends(year: int) -> frozenset[date]:
    """Saturdays and Sundays whose day off was moved away; those that are holidays are holidays all the same."""
    moved: set[date] = country_holidays("RU", years=year).weekend_workdays
    return frozenset(day for day in moved if day.year == year)


@cache
def _decreed() -> frozenset[int]:
    """Years whose decree the library knows."""
    return frozenset(country_holidays("RU").special_public_holidays)


def _next_working(day: date, taken: Collection[date]) -> date:
    while day in taken or day.weekday() in (_SATURDAY, _SUNDAY):
        day += timedelta(days=1)
    return day
