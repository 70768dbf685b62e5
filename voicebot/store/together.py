"""Changes on one way to the server: PostgreSQL makes several in one statement, SQLite one after the other."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Insert, Update, func, literal, select


class Together:
    """Changes of different rows, none of which reads what another one writes. Built once: that takes long.

    A parameter that several of them name is the same for all.
    """

    def __init__(self, counted: Update, *others: Insert | Update) -> None:
        self._each = [(change, _parameters(change)) for change in (counted, *others)]
        rows = counted.returning(literal(1)).cte("counted")
        rest = [change.cte(f"other_{no}") for no, change in enumerate(others)]
        self._all = select(func.count()).select_from(rows).add_cte(*rest)

    def execute(self, connection: Connection, given: Mapping[str, Any]) -> int:
        """Make them; gives how many rows the first one has changed."""
        if connection.dialect.name == "postgresql":
            return connection.execute(self._all, given).scalar_one()
        # Only its own parameters: others would be taken for columns.
        done = [connection.execute(change, {name: given[name] for name in names}) for change, names in self._each]
        return done[0].rowcount


def _parameters(change: Insert | Update) -> list[str]:
    return [name for name, bind in change.compile().binds.items() if bind.required]
