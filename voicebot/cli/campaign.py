"""`voicebot campaign …`: started, paused, stopped, listed."""

import json
from typing import Annotated

import typer

from voicebot.cli import store

app = typer.Typer(help="Campaigns: load lists, start and stop calling, see results.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="The campaign's name.")]
_Json = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]


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

    store.run(context, lambda session: campaigns.start(session, name))


@app.command()
def stop(context: typer.Context, name: _Name) -> None:
    """End it for good: who was not reached yet is not called, what rings is hung up, talks go on to their end."""
    from voicebot.outbound import campaigns

    store.run(context, lambda session: campaigns.stop(session, name))
    campaign = store.run(context, lambda session: campaigns.find(session, name))
    while store.run(context, lambda session: campaigns.withdraw(session, campaign.id)):
        continue  # by some thousands: talks write meanwhile


@app.command()
def resize(
    context: typer.Context,
    name: _Name,
    lines: Annotated[int | None, typer.Option(help="Simultaneous calls.")] = None,
    calls_per_second: Annotated[float | None, typer.Option(help="New calls in a second.")] = None,
) -> None:
    """Other limits, also while it runs; calls beyond them go on to their end.

    Example: voicebot campaign resize ноябрь --lines 6
    """
    from voicebot.outbound import campaigns

    if lines is None and calls_per_second is None:
        raise typer.BadParameter("name what is to change", param_hint="--lines, --calls-per-second")
    store.run(context, lambda session: campaigns.resize(session, name, lines=lines, calls_per_second=calls_per_second))


@app.command(name="list")
def list_all(
    context: typer.Context,
    archived: Annotated[bool, typer.Option("--all", help="Those in the archive too.")] = False,
    as_json: _Json = False,
) -> None:
    """All campaigns but those in the archive, and how many of their contacts are still to be called."""
    from rich.console import Console
    from rich.table import Table

    from voicebot.outbound import campaigns, words

    found = store.run(context, lambda session: campaigns.at_a_glance(session, archived=archived))
    if as_json:
        fields = ("name", "scenario", "state")
        rows = [
            {field: getattr(one.campaign, field) for field in fields} | {"total": one.total, "left": one.left}
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("Кампания", "Сценарий", "Состояние", "Контакты")
    for one in found:
        table.add_row(one.campaign.name, one.campaign.scenario, words.CAMPAIGNS[one.campaign.state], words.left(one))
    Console().print(table)


@app.command()
def status(context: typer.Context, name: _Name, as_json: _Json = False) -> None:
    """How far a campaign has come, and how the trunks do."""
    from rich.console import Console
    from rich.table import Table

    from voicebot.outbound import campaigns, lines, words

    found = store.run(context, lambda session: campaigns.status(session, name))
    trunks = store.run(context, lambda session: lines.seen(session))
    if as_json:
        numbers = {"contacts": found.contacts, "attempts": found.attempts, "results": found.results}
        whole = {"name": name, "state": found.campaign.state, "total": found.total, "left": found.left, **numbers}
        told = [one.as_json() for one in trunks]
        typer.echo(json.dumps({**whole, "trunks": told}, ensure_ascii=False))
        return
    table = Table("", "", title=f"{name}: {words.CAMPAIGNS[found.campaign.state]}, {words.left(found)}")
    for title, counts in words.counts(found):
        table.add_row(title, counts)
    for trunk in trunks:
        table.add_row(f"Транк {trunk.name}", words.trunk(trunk, store.settings(context).clinic.zone))
    Console().print(table)
