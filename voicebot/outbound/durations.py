"""Lengths of time as people write them in a scenario: 90s, 15m, 2h, 1d."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FORM = re.compile(r"(\d+)\s*([smhd])")


def _read(value: object) -> object:
    if isinstance(value, str) and (match := _FORM.fullmatch(value.strip())):
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    return value


def _not_negative(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError("a length of time cannot be negative")
    return value


#: A timedelta; `15m` and the like are understood too.
Duration = Annotated[timedelta, BeforeValidator(_read), AfterValidator(_not_negative)]
