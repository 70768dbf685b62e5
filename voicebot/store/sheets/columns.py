"""Which column of a table means what."""

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from voicebot.errors import ListError
from voicebot.store.sheets.cells import Kind
from voicebot.store.sheets.sheet import Cell


class Column(BaseModel):
    """One column of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headers: tuple[str, ...] = Field(min_length=1, description="names under which the column may stand in a file")
    required: bool = Field(description="whether every row must have it")
    unless: str | None = Field(None, description="another field that may stand instead")
    kind: Kind


class Columns(BaseModel):
    """The columns that are understood, by field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, Column]

    def score(self, cells: Sequence[Cell]) -> int:
        """How many columns a row of cells names."""
        return len(self._places(cells))

    def places(self, header: Sequence[Cell]) -> dict[str, int]:
        """Where in a row each field stands.

        Raises:
            ListError: required columns are missing; names them all.
        """
        places = self._places(header)
        missing = [
            column
            for field, column in self.columns.items()
            if column.required and field not in places and column.unless not in places
        ]
        if missing:
            names = ", ".join(f"«{column.headers[0]}»" for column in missing)
            found = ", ".join(f"«{cell}»" for cell in header if cell not in (None, ""))[:300]
            what = f"нет столбца {names}" if len(missing) == 1 else f"нет столбцов {names}"
            others = "; ".join(" или ".join(f"«{name}»" for name in self._names(column)) for column in missing)
            raise ListError(f"{what} (в файле: {found})", mend=f"Назовите столбцы так: {others}.")
        return places

    def title(self, field: str) -> str:
        """The column's name for people."""
        return self.columns[field].headers[0]

    def _names(self, column: Column) -> tuple[str, ...]:
        return column.headers if column.unless is None else (*column.headers, self.title(column.unless))

    def _places(self, cells: Sequence[Cell]) -> dict[str, int]:
        named = {_folded(cell): no for no, cell in reversed(list(enumerate(cells)))}
        places: dict[str, int] = {}
        for field, column in self.columns.items():
            found = next((named[_folded(name)] for name in column.headers if _folded(name) in named), None)
            if found is not None:
                places[field] = found
        return places


def _folded(cell: Cell) -> str:
    return re.sub(r"[\W_]+", " ", str(cell).lower().replace("ё", "е")).strip()
