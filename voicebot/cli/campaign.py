"""`voicebot campaign …`: lists in, calls out, progress and results."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from voicebot.outbound.lists import Loaded

app = typer.Typer(help="Campaigns: load lists, start and stop calling, see results.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="The campaign's name.")]
_Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]

_BAD_ROWS = 9  # exit code: good rows are loaded, bad ones wait in FILE.rejected.csv
_SHOWN = 20  # bad rows on the screen; the file has all


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
    scenario: Annotated[str, typer.Option(help="Name of a scenario, or a .yaml file.")],
    campaign: Annotated[str, typer.Option(help="Load into this campaign; by default one named after the file.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; write nothing.")] = False,
) -> None:
    """Load a list; makes the campaign when there is none of that name. Nobody is called before `start`.

    Bad rows are named with line, column and mend, and written to FILE.rejected.csv: correct that file and load it.
    The same row twice adds nothing. Exit code 9 when some rows were bad.

    Example: voicebot campaign load ноябрь.csv --scenario confirmation
    """
    from rich.console import Console

    from voicebot.dialog import catalog
    from voicebot.outbound import lists

    settings = context.obj.settings()
    talk = catalog.find(scenario)
    now = datetime.now(settings.clinic.zone)
    if dry_run:
        _tell(lists.check(file, talk.list, clinic=settings.clinic, now=now), "проверено")
        return
    name = campaign or file.stem
    store.run(context, lambda session: _make(session, name, scenario))
    database = store.open_database(context)
    with Console(stderr=True).status("Загрузка…") as status:
        loaded = lists.load(
            database,
            name,
            file,
            talk.list,
            clinic=settings.clinic,
            progress=lambda rows: status.update(f"Загрузка… строк: {rows}"),
        )
    _tell(loaded, f"загружено в «{name}»")


@app.command()
def start(context: typer.Context, name: _Name) -> None:
    """Call people from now on (a running `voicebot serve` does)."""
    from voicebot.outbound import campaigns

    store.run(context, lambda session: campaigns.start(session, name))


@app.command()
def pause(context: typer.Context, name: _Name) -> None:
    """No new calls; those under way go on."""
    from voicebot.outbound import campaigns

    store.run(context, lambda session: campaigns.pause(session, name))


@app.command()
def resume(context: typer.Context, name: _Name) -> None:
    """Go on after a pause."""
    from voicebot.outbound import campaigns

    store.run(context, lambda session: campaigns.resume(session, name))


@app.command()
def stop(context: typer.Context, name: _Name) -> None:
    """End it for good: who was not reached yet is not called."""
    from voicebot.outbound import campaigns

    store.run(context, lambda session: campaigns.stop(session, name))


@app.command(name="list")
def list_all(context: typer.Context, as_json: _Json = False) -> None:
    """All campaigns."""
    from rich.console import Console
    from rich.table import Table

    from voicebot.outbound import campaigns, words

    found = store.run(context, campaigns.every)
    rows = [{"name": one.name, "scenario": one.scenario, "state": one.state} for one in found]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("Кампания", "Сценарий", "Состояние")
    for one in found:
        table.add_row(one.name, one.scenario, words.CAMPAIGNS[one.state])
    Console().print(table)


@app.command()
def status(context: typer.Context, name: _Name, as_json: _Json = False) -> None:
    """How far a campaign has come."""
    from rich.console import Console
    from rich.table import Table

    from voicebot.outbound import campaigns, words

    found = store.run(context, lambda session: campaigns.status(session, name))
    if as_json:
        numbers = {"contacts": found.contacts, "attempts": found.attempts, "results": found.results}
        whole = {"name": name, "state": found.campaign.state, "total": found.total, "left": found.left, **numbers}
        typer.echo(json.dumps(whole, ensure_ascii=False))
        return
    table = Table("", "", title=f"{name}: {words.CAMPAIGNS[found.campaign.state]}, {words.left(found)}")
    for title, counts in words.counts(found):
        table.add_row(title, counts)
    Console().print(table)


async def _make(session: "AsyncSession", name: str, scenario: str) -> None:
    """The campaign of that name, made when there is none; it must be of this scenario."""
    from voicebot.dialog import catalog
    from voicebot.errors import CampaignError
    from voicebot.outbound import campaigns, policy

    same = [one for one in await campaigns.every(session) if one.name == name]
    if not same:
        rules = policy.read(catalog.find(scenario).policy, place=scenario)
        await campaigns.create(session, name, scenario=scenario, policy=rules)
    elif same[0].scenario != scenario:
        what = f"there is a campaign of this name with the scenario {same[0].scenario!r}"
        raise CampaignError(what, place=name, mend="Choose another --campaign.")


def _tell(loaded: "Loaded", done: str) -> None:
    """What became of the list; leaves with exit code 9 when rows were bad."""
    for row in loaded.rejected[:_SHOWN]:
        typer.echo(str(row), err=True)
    if len(loaded.rejected) > _SHOWN:
        typer.echo(f"… и ещё {len(loaded.rejected) - _SHOWN}", err=True)
    bad, again = len(loaded.rejected), len(loaded.repeated)
    typer.echo(f"Строк {loaded.rows}: {done} {loaded.added}, повторов {again}, с ошибками {bad}")
    if loaded.rejected_file:
        typer.echo(f"Строки с ошибками: {loaded.rejected_file} — исправьте и загрузите этот файл.", err=True)
    if bad:
        raise typer.Exit(_BAD_ROWS)
