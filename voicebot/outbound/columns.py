"""Which column of a list means what: the `list:` section of a scenario."""

import re
from collections.abc import Container, Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import ValidationError, model_validator

from voicebot.errors import ScenarioError
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.columns import Columns
from voicebot.store.sheets.person import FULL_NAME

#: Fields that have a meaning of their own; any other is text for the scenario's phrases.
_KINDS = {
    "surname": Kind.NAME,
    "name": Kind.NAME,
    "patronymic": Kind.NAME,
    "full_name": Kind.NAME,
    "birth_date": Kind.DATE,
    "gender": Kind.GENDER,
    "zone": Kind.ZONE,
    "date": Kind.DATE,
    "time": Kind.TIME,
}
_REQUIRED = frozenset({"surname", "name", "full_name", "phone", "date", "time", "specialty"})
_NAMES = frozenset({"surname", "name"})
_PHONE = re.compile(r"phone([2-9]\d?)?")  # `phone`, `phone2` …: they are tried in this order


class ListSpec(Columns):
    """The columns of a campaign's list.

    ```yaml
    list:
      columns:
        surname: Фамилия        # a file may have «ФИО» instead of the parts of the name
        phone: [Телефон, Мобильный телефон]
        phone2: {headers: Второй телефон, required: false}
        preparation: {headers: Подготовка, required: true}
      subject: [service]      # what tells two contacts of one person apart, where there is no visit
    ```
    """

    subject: tuple[str, ...] = ()
    source: dict[str, Any] | None = None  #: what fills the campaign beside lists, see `sources.read`

    @model_validator(mode="before")
    @classmethod
    def _in_full(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("columns"), Mapping):
            return value
        columns = dict(value["columns"])
        if columns.keys() >= _NAMES and "full_name" not in columns:
            columns |= {"full_name": {"headers": FULL_NAME, "required": False}}
        return {**value, "columns": {field: _in_full(field, column, columns) for field, column in columns.items()}}

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if "phone" not in self.columns:
            raise ValueError("there must be a column `phone`")
        if "full_name" not in self.columns and not {"surname", "name"} <= self.columns.keys():
            raise ValueError("there must be columns `surname` and `name`, or `full_name`")
        if unknown := set(self.subject) - self.columns.keys():
            raise ValueError(f"subject names columns that are not there: {', '.join(sorted(unknown))}")
        return self

    @property
    def has_visit(self) -> bool:
        """Whether a row tells of an appointment."""
        return "date" in self.columns

    @cached_property
    def phones(self) -> tuple[str, ...]:
        """The fields that hold numbers, in the order in which they are tried."""
        return tuple(sorted(filter(_PHONE.fullmatch, self.columns), key=lambda field: int(field[5:] or 1)))


def read(section: Mapping[str, Any], *, place: str) -> ListSpec:
    """The columns of a scenario's `list:` section.

    Raises:
        ScenarioError: it is missing, or a key is unknown or wrong; names it.
    """
    try:
        return ListSpec.model_validate(dict(section))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["list", *(str(part) for part in first["loc"])])
        reason = first["msg"].removeprefix("Value error, ")
        raise ScenarioError(f"{key}: {reason}", place=place, mend="See docs/campaigns.md.") from None


def _in_full(field: str, column: Any, columns: Container[str]) -> Any:
    given = dict(column) if isinstance(column, Mapping) else {"headers": column}
    if isinstance(given.get("headers"), str):
        given["headers"] = (given["headers"],)
    kind = Kind.PHONE if _PHONE.fullmatch(field) else _KINDS.get(field, Kind.TEXT)
    unless = "full_name" if field in _NAMES and "full_name" in columns else None
    return {"required": field in _REQUIRED, "unless": unless, "kind": kind} | given
