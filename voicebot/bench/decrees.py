"""Days off and working weekends of Russia by year, for the checker: the same tables as the robot's, read anew."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from holidays import country_holidays

_WEEKEND = 6  # Saturday, by ISO


@cache
def days_off(year: int) -> frozenset[date]:
    """Public holidays, and the days off that the year's decree moved to other days (Labour Code, article 112)."""
    table = country_holidays("RU", years=year)
    found = frozenset(day for day in table if day.year == year)
    if year in table.special_public_holidays:
        return found
    return found | frozenset(_made_good(found)) | {date(year, 12, 31)}


@cache
def working_weekends(year: int) -> frozenset[date]:
    """Weekend days that the decree made working days."""
    return frozenset(country_holidays("RU", years=year).weekend_workdays)


def _made_good(holidays: frozenset[date]) -> Iterator[date]:
    """Without a decree: for each holiday on a weekend, but those of January, the next day that is free to be off."""
    given: set[date] = set()
    for lost in sorted(day for day in holidays if day.month > 1 and day.isoweekday() >= _WEEKEND):
        following = (lost + timedelta(days=ahead) for ahead in range(1, 15))
        day = next(day for day in following if day.isoweekday() < _WEEKEND and day not in holidays | given)
        given.add(day)
        yield day
