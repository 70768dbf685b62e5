"""A person as a row of a table tells of them."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from voicebot.store.patients import fold_name
from voicebot.store.sheets import cells
from voicebot.store.tables import Gender

#: What a column with the whole name is called.
FULL_NAME = ("ФИО", "Ф.И.О.", "ФИО пациента", "Пациент", "Full name")
_fold = lru_cache(maxsize=50_000)(fold_name)  # a long table has but so many names


class Person(NamedTuple):
    """Somebody and their numbers; all but the numbers is called as in the table of patients."""

    surname: str
    name: str
    patronymic: str
    name_key: str  #: the full name folded for comparing: lower case, ё = е
    birth_date: date | None
    gender: Gender
    language: str
    external_id: str | None
    numbers: tuple[tuple[str, str], ...]  #: E.164 and zone, in the order in which they are tried; at least one


def person(known: Mapping[str, Any], numbers: tuple[str, ...], zone: str) -> Person:
    """The person of a row's cells, understood; `zone`: of a number of which neither the row nor itself tells it."""
    surname, name, patronymic = _parts(known)
    told = known.get("zone")
    return Person(
        surname,
        name,
        patronymic,
        _fold(f"{surname} {name} {patronymic}"),
        known.get("birth_date"),
        known.get("gender") or Gender.UNKNOWN,
        known.get("language") or "ru",
        known.get("external_id") or None,
        tuple([(number, told or cells.zone_of(number) or zone) for number in numbers]),
    )


def _parts(known: Mapping[str, Any]) -> tuple[str, str, str]:
    if full := known.get("full_name"):
        surname, name, patronymic = (*str(full).split(maxsplit=2), "", "")[:3]
        return surname, name, patronymic
    return known.get("surname") or "", known.get("name") or "", known.get("patronymic") or ""
