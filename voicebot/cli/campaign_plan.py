"""`voicebot campaign plan` and `campaign why`: what will be done, and why."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store
from voicebot.cli.store import Json

if TYPE_CHECKING:
    from rich.console import Console

    from voicebot.outbound.plan import Plan, Planned
    from voicebot.outbound.why import Explanation

_CONTACT_DIGITS = 9  # more digits are a telephone number
_MARKS = {(True, False): "✓", (True, True): "→"}  # allowed, moved; else forbidden

_At = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"], help="As of this local time; now if none."),
]


def register(app: typer.Typer) -> None:
    app.command()(plan)
    app.command()(why)


def plan(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The campaign's name.")],
    limit: Annotated[int, typer.Option(min=0, max=1000, help="So many next calls are named.")] = 20,
    at: _At = None,
    as_json: Json = False,
) -> None:
    """Whom a campaign calls next, when and why; how many turns come by hour and day, and what the others wait for.

    Nothing is changed. People are shown by their initials, numbers are masked.

    Example: voicebot campaign plan ноябрь --limit 50 --at "2026-11-23 09:10"
    """
    from rich.console import Console

    from voicebot.outbound import plan as plans

    zone = store.settings(context).clinic.zone
    moment = _moment(context, at)
    made = store.look(context, lambda session: plans.make(session, name, at=moment, zone=zone, limit=limit))
    if as_json:
        typer.echo(json.dumps(made.as_json(), ensure_ascii=False))
    else:
        _show(Console(highlight=False), made)


def why(
    context: typer.Context,
    whom: Annotated[str, typer.Argument(help="A telephone number, or a contact's id.", metavar="NUMBER|CONTACT")],
    at: _At = None,
    as_json: Json = False,
) -> None:
    """Why somebody is called or not, and when next: every rule with its facts, as the queue itself decides.

    Example: voicebot campaign why +79161234567
    """
    from rich.console import Console

    from voicebot.outbound import why as whys

    zone = store.settings(context).clinic.zone
    moment = _moment(context, at)
    if whom.isdecimal() and len(whom) <= _CONTACT_DIGITS:
        contact = int(whom)
        found = store.look(context, lambda session: whys.of_contact(session, contact, at=moment, zone=zone))
    else:
        number = store.number(context, whom, "NUMBER")
        found = store.look(context, lambda session: whys.of_number(session, number, at=moment, zone=zone))
    if as_json:
        typer.echo(json.dumps([explanation.as_json() for explanation in found], ensure_ascii=False))
        return
    console = Console(highlight=False)
    for explanation in found:
        _explain(console, explanation)


def _moment(context: typer.Context, at: datetime | None) -> datetime:
    zone = store.settings(context).clinic.zone
    return at.replace(tzinfo=zone) if at else datetime.now(zone)


def _show(console: "Console", made: "Plan") -> None:
    from rich.table import Table

    from voicebot.outbound import words
    from voicebot.outbound.plan import WAITS

    console.print(f"{made.campaign.name}: {words.CAMPAIGNS[made.campaign.state]}, на {made.at:%d.%m.%Y %H:%M}")
    table = Table("№", "Кто", "Номер", "Когда там", "Почему")
    for one in made.next:
        table.add_row(str(one.contact), one.patient, one.number, _when(one), _grounds(one))
    for column in table.columns[:-1]:
        column.no_wrap = True
    console.print(table)
    if made.hours:
        console.print("По часам: " + ", ".join(f"{hour:%d.%m %H:00} — {n}" for hour, n in made.hours.items()))
        console.print("По дням: " + ", ".join(f"{day:%d.%m.%Y} — {n}" for day, n in made.days.items()))
    if made.waits:
        console.print("Ждут: " + ", ".join(f"{WAITS[wait]} {n}" for wait, n in made.waits.items()))


def _when(one: "Planned") -> str:
    """The hour there, and how far that is from Greenwich: `23.11 09:10 +07`."""
    return f"{one.when.astimezone(one.zone):%d.%m %H:%M %z}"[:-2] if one.when else "не будет"


def _grounds(one: "Planned") -> str:
    from voicebot.outbound import words
    from voicebot.outbound.policy import Priority

    parts = [words.WHYS.get(one.why, one.why)]
    if one.priority is Priority.EXPIRING:
        parts.append(words.PRIORITIES[one.priority])
    if one.tries:
        parts.append(f"попыток {one.tries}")
    return ", ".join(parts) + (f". {one.because}" if one.because else "")


def _explain(console: "Console", found: "Explanation") -> None:
    console.print(f"Контакт {found.contact}, {found.patient}, {found.number}, кампания «{found.campaign}»")
    console.print(f"  {found.summary}")
    for reason in found.reasons:
        mark = _MARKS.get((reason.allows, reason.moves), "✗")
        console.print(f"    {mark} {reason.text}")
