"""`voicebot campaign load`: lists into campaigns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import learning, store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from voicebot.config import Clinic
    from voicebot.outbound.lists import Loaded

_SHOWN = 20  # bad rows and remarks on the screen; the file has all bad rows


def register(app: typer.Typer) -> None:
    app.command()(load)


def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or a .yaml file.")],
    campaign: Annotated[str, typer.Option(help="Load into this campaign; by default one named after the file.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done; write nothing.")] = False,
) -> None:
    """Load a list; makes the campaign when there is none of that name. Nobody is called before `start`.

    Bad rows are named with line, column and mend, and written to FILE.rejected.csv: correct that file and load it.
    The same row twice adds nothing; a changed row changes who waits for a call. Exit code 9 when some rows were bad.
    Names that the speech model does not know are taught to it.

    Example: voicebot campaign load ноябрь.csv --scenario confirmation
    """
    from voicebot.dialog import catalog
    from voicebot.outbound import lists

    settings = store.settings(context)
    section = catalog.find(scenario).list
    name = campaign or file.stem
    if dry_run:
        now = datetime.now(settings.clinic.zone)
        known = (store.open_database(context), name) if store.run(context, lambda s: _exists(s, name)) else None
        with _bar(file) as progress:
            loaded = lists.check(file, section, clinic=settings.clinic, now=now, campaign=known, progress=progress)
        _tell(loaded, f"проверено для «{name}»: новых")
        return
    lists.look(file, section)  # a file that cannot be read makes no campaign
    store.run(context, lambda session: _make(session, name, scenario, settings.clinic))
    database = store.open_database(context)
    with _bar(file) as progress:
        loaded = lists.load(database, name, file, section, clinic=settings.clinic, progress=progress)
    learning.people(context, name)
    _tell(loaded, f"загружено в «{name}»")


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[int], None]]:
    """How far a file is read."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from voicebot.outbound import lists

    shown = (TextColumn("Загрузка"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*shown, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=lists.length(file))
        yield lambda rows: bar.update(task, completed=rows)


async def _exists(session: "AsyncSession", name: str) -> bool:
    from voicebot.outbound import campaigns

    return any(one.name == name for one in await campaigns.every(session))


async def _make(session: "AsyncSession", name: str, scenario: str, clinic: "Clinic") -> None:
    """The campaign of that name, made when there is none; it must be of this scenario."""
    from voicebot.dialog import catalog
    from voicebot.errors import CampaignError
    from voicebot.outbound import campaigns, policy

    same = [one for one in await campaigns.every(session) if one.name == name]
    if not same:
        rules = policy.read(catalog.find(scenario).policy, place=scenario, clinic=clinic)
        await campaigns.create(session, name, scenario=scenario, policy=rules)
    elif same[0].scenario != scenario:
        what = f"there is a campaign of this name with the scenario {same[0].scenario!r}"
        raise CampaignError(what, place=name, mend="Choose another --campaign.")


def _tell(loaded: "Loaded", done: str) -> None:
    """What became of the list; leaves with exit code 9 when rows were bad."""
    for lines, count in ((loaded.rejected, loaded.bad), (loaded.remarks, len(loaded.remarks))):
        for line in lines[:_SHOWN]:
            typer.echo(str(line), err=True)
        if count > _SHOWN:
            typer.echo(f"… и ещё {count - _SHOWN}", err=True)
    counts = f"обновлено {loaded.updated}, повторов {loaded.repeated}, с ошибками {loaded.bad}"
    typer.echo(f"Строк {loaded.rows}: {done} {loaded.added}, {counts}")
    if loaded.rejected_file:
        typer.echo(f"Строки с ошибками: {loaded.rejected_file} — исправьте и загрузите этот файл.", err=True)
    if loaded.bad:
        raise typer.Exit(store.BAD_ROWS)
