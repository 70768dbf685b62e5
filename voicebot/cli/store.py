"""What commands on the store share: the database, one transaction, tables on the screen, what became of a file."""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from voicebot.config import Settings
    from voicebot.store.database import Database
    from voicebot.store.sheets.load import Loaded

T = TypeVar("T")

Out = Annotated[
    Path | None, typer.Option("--out", help="Write them into a .csv or .xlsx file; an existing one is replaced.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


BAD_ROWS = 9  # exit code: good rows are loaded, bad ones wait in FILE.rejected.csv
_PATIENCE = timedelta(minutes=1)
_SHOWN = 20  # bad rows on the screen; the file has all


def settings(context: typer.Context) -> "Settings":
    """The settings; raises ConfigError."""
    state: State = context.obj
    return state.settings()


def user() -> str:
    """Who changes things, as the history names it."""
    return f"cli:{getpass.getuser()}"


def open_database(context: typer.Context, *, patience: timedelta = timedelta(seconds=2)) -> "Database":
    """The store with its tables up to date; its clock is the clinic's."""
    from voicebot.store import schema
    from voicebot.store.database import Database

    known = settings(context)
    schema.upgrade(known.store.url)
    return Database(known.store.url, timeout=patience, clock=lambda: datetime.now(known.clinic.zone))


def number(context: typer.Context, written: str, option: str) -> str:
    """A telephone number in E.164, however it is written; a usage error names the option."""
    from voicebot.store.sheets import cells
    from voicebot.store.sheets.cells import BadCell

    try:
        return cells.phone(written, settings(context).clinic.country)
    except BadCell as error:
        raise typer.BadParameter(f"{error.reason}. {error.mend}", param_hint=option) from None


def local(context: typer.Context, at: datetime | None) -> datetime | None:
    """An instant as the clinic's clocks show it."""
    return at and at.astimezone(settings(context).clinic.zone)


async def require(session: "AsyncSession", **named: int | None) -> None:
    """Raises StoreError where what is named by its id is not there: `patient=…`, `doctor=…`, `slot=…`, `visit=…`."""
    from voicebot.store import known
    from voicebot.store.tables import Appointment, Doctor, Patient, Slot

    tables = {"patient": Patient, "doctor": Doctor, "slot": Slot, "visit": Appointment}
    for name, row_id in named.items():
        if row_id is not None:
            await session.run_sync(known.require, tables[name], row_id)


def run(context: typer.Context, change: "Callable[[AsyncSession], Awaitable[T]]") -> T:
    """One write transaction."""
    database = open_database(context)

    async def work() -> Any:
        try:
            async with database.write() as session:
                return await change(session)
        finally:
            await database.close()

    result: T = asyncio.run(work())
    return result


def look(context: typer.Context, question: "Callable[[AsyncSession], Awaitable[T]]") -> T:
    """One state of the store, read while others write; a large campaign takes a while."""
    database = open_database(context, patience=_PATIENCE)

    async def work() -> Any:
        try:
            async with database.read() as session:
                return await question(session)
        finally:
            await database.close()

    result: T = asyncio.run(work())
    return result


@contextmanager
def progress() -> Iterator[Callable[[int], None]]:
    """A line that counts rows while a file is loaded."""
    from rich.console import Console

    with Console(stderr=True).status("Загрузка…") as status:
        yield lambda rows: status.update(f"Загрузка… строк: {rows}")


def tell(loaded: "Loaded") -> None:
    """What became of a file; leaves with exit code 9 when rows were bad."""
    for row in loaded.rejected[:_SHOWN]:
        typer.echo(str(row), err=True)
    if loaded.bad > _SHOWN:
        typer.echo(f"… и ещё {loaded.bad - _SHOWN}", err=True)
    typer.echo(f"Строк {loaded.rows}: новых {loaded.added}, известных {loaded.known}, с ошибками {loaded.bad}")
    if loaded.rejected_file:
        typer.echo(f"Строки с ошибками: {loaded.rejected_file} — исправьте и загрузите этот файл.", err=True)
    if loaded.bad:
        raise typer.Exit(BAD_ROWS)


def show(
    rows: Sequence[Mapping[str, Any]],
    titles: Mapping[str, str],
    *,
    as_json: bool = False,
    out: Path | None = None,
    told: Mapping[str, Callable[[Any], str]] = MappingProxyType({}),
) -> None:
    """Rows as JSON, or the columns of `titles` as a table, in a file if one is given; an instant in its own zone.

    `told`: how the table, which people read, tells the values of a column.

    Raises:
        ListError: the file cannot be written.
    """
    if as_json:
        show_one([dict(row) for row in rows])
        return
    lines = [
        [_cell(told[name](row[name]) if name in told and row[name] else row[name]) for name in titles] for row in rows
    ]
    if out is not None:
        from voicebot.store.sheets.write import write_table

        write_table(out, "Список", list(titles.values()), lines)
        typer.echo(f"Строк: {len(lines)}")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*titles.values())
    for line in lines:
        table.add_row(*(cell or "—" for cell in line))
    Console().print(table)


def show_one(thing: Any) -> None:
    """Anything as JSON; instants and dates in ISO 8601."""
    typer.echo(json.dumps(thing, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:%d.%m.%Y}" if hasattr(value, "strftime") else str(value)
