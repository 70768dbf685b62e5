"""Which column of a list means what: the `list:` section of a scenario."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from voicebot.errors import ListError, ScenarioError
from voicebot.outbound.cells import Kind
from voicebot.outbound.sheet import Cell

#: Fields that have a meaning of their own; any other is text for the scenario's phrases.
_KINDS = {
    "surname": Kind.NAME,
    "name": Kind.NAME,
    "patronymic": Kind.NAME,
    "full_name": Kind.NAME,
    "phone": Kind.PHONE,
    "birth_date": Kind.DATE,
    "gender": Kind.GENDER,
    "zone": Kind.ZONE,
    "date": Kind.DATE,
    "time": Kind.TIME,
}
_REQUIRED = frozenset({"surname", "name", "full_name", "phone", "date", "time", "specialty"})


class Column(BaseModel):
    """One column of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headers: tuple[str, ...] = Field(min_length=1, description="names under which the column may stand in a file")
    required: bool = Field(description="whether every row must have it")
    kind: Kind


class ListSpec(BaseModel):
    """The columns of a campaign's list.

    ```yaml
    list:
      columns:
        surname: Фамилия
        phone: [Телефон, Мобильный телефон]
        preparation: {headers: Подготовка, required: true}
      subject: [service]      # what tells two contacts of one person apart, where there is no visit
    ```
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, Column]
    subject: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _in_full(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("columns"), Mapping):
            return value
        return {**value, "columns": {field: _in_full(field, column) for field, column in value["columns"].items()}}

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

    def score(self, cells: Sequence[Cell]) -> int:
        """How many columns a row of cells names."""
        return len(self._places(cells))

    def places(self, header: Sequence[Cell]) -> dict[str, int]:
        """Where in a row each field stands.

        Raises:
            ListError: required columns are missing; names them all.
        """
        places = self._places(header)
        missing = [column for field, column in self.columns.items() if column.required and field not in places]
        if missing:
            names = ", ".join(f"«{column.headers[0]}»" for column in missing)
            found = ", ".join(f"«{cell}»" for cell in header if cell not in (None, ""))[:300]
            what = f"нет столбца {names}" if len(missing) == 1 else f"нет столбцов {names}"
            others = "; ".join(" или ".join(f"«{name}»" for name in column.headers) for column in missing)
            raise ListError(f"{what} (в файле: {found})", mend=f"Назовите столбцы так: {others}.")
        return places

    def title(self, field: str) -> str:
        """The column's name for people."""
        return self.columns[field].headers[0]

    def _places(self, cells: Sequence[Cell]) -> dict[str, int]:
        named = {_folded(cell): no for no, cell in reversed(list(enumerate(cells)))}
        places: dict[str, int] = {}
        for field, column in self.columns.items():
            found = next((named[_folded(name)] for name in column.headers if _folded(name) in named), None)
            if found is not None:
                places[field] = found
        return places


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


def _in_full(field: str, column: Any) -> Any:
    given = dict(column) if isinstance(column, Mapping) else {"headers": column}
    if isinstance(given.get("headers"), str):
        given["headers"] = (given["headers"],)
    return {"required": field in _REQUIRED, "kind": _KINDS.get(field, Kind.TEXT)} | given


def _folded(cell: Cell) -> str:
    return re.sub(r"[\W_]+", " ", str(cell).lower().replace("ё", "е")).strip()
