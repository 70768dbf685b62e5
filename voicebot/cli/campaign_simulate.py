"""`voicebot campaign simulate`: how long a list will take over so many lines."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MORNING = time(9, 0)
_VIOLATED = 1  # exit code: the independent checker found something


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(
    context: typer.Context,
    rows: Annotated[int, typer.Option(min=1, help="Contacts in the list.")] = 1000,
    lines: Annotated[int, typer.Option(min=1, help="Simultaneous calls, over all nodes.")] = 10,
    scenario: Annotated[str, typer.Option(help="Whose policy holds.")] = "confirmation",
    calls_per_second: Annotated[
        float | None, typer.Option(help="New calls, as the carrier allows them; by default one for every five lines.")
    ] = None,
    nodes: Annotated[int, typer.Option(min=1, help="Robots that share the store (two need PostgreSQL).")] = 1,
    crash: Annotated[list[str] | None, typer.Option(help="Kill -9 after so many calls: robot@500, node@2000.")] = None,
    people: Annotated[Path | None, typer.Option(help="Who answers when (YAML); by default a mixed population.")] = None,
    start: Annotated[
        datetime | None, typer.Option(help="When it begins, in the clinic's zone; by default next Monday at nine.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same people.")] = 1,
    store: Annotated[str, typer.Option(help="URL of an empty database; by default a private one.")] = "",
    records: Annotated[Path | None, typer.Option(help="Keep the telephones' own call records (JSON lines).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as one JSON object.")] = False,
) -> None:
    """Call a made-up list: the real queue, policy and dispatcher over virtual time and virtual telephones.

    Tells how long a list takes and what the policy reaches, by hour; nobody is called. An independent checker reads
    the telephones' records afterwards: exit code 1 if a number was called twice, a contact forgotten, or a cap or
    the hours were not kept.

    Example: voicebot campaign simulate --rows 5000 --lines 20
    """
    from voicebot.bench.campaign import people as population
    from voicebot.bench.campaign.conductor import Crash
    from voicebot.bench.campaign.simulate import Plan
    from voicebot.bench.campaign.simulate import simulate as run
    from voicebot.bench.campaign.summary import text
    from voicebot.dialog import catalog
    from voicebot.outbound import policy

    state: State = context.obj
    clinic = state.settings().clinic
    rate = calls_per_second or max(1.0, lines / 5)
    rules = policy.read(catalog.find(scenario).policy, place=scenario, clinic=clinic)
    plan = Plan(
        rows=rows,
        lines=lines,
        policy=rules.model_copy(update={"lines": lines, "calls_per_second": rate}),
        zone=clinic.zone,
        start=start.replace(tzinfo=clinic.zone) if start else _next_monday(clinic.zone),
        calls_per_second=rate,
        nodes=nodes,
        crashes=[Crash.read(one) for one in crash or ()],
        seed=seed,
        url=store,
        people=population.load(people or population.FILE),
        records=records,
    )
    with _progress() as progress:
        ended = run(plan, progress=progress)
    typer.echo(json.dumps(ended.as_json()) if as_json else text(ended))
    if ended.violations.total:
        for example in ended.violations.examples:
            typer.echo(example, err=True)
        raise typer.Exit(_VIOLATED)


def _next_monday(zone: "ZoneInfo") -> datetime:
    today = datetime.now(zone).date()
    return datetime.combine(today + timedelta(days=7 - today.weekday()), _MORNING, zone)


@contextmanager
def _progress() -> Iterator[Callable[[datetime, int], None]]:
    """A line that tells the virtual time, on a terminal."""
    from rich.console import Console

    if not sys.stderr.isatty():
        yield lambda _at, _calls: None
        return
    with Console(stderr=True).status("Готовлю список…") as status:
        yield lambda at, calls: status.update(f"{at:%d.%m %H:%M}: звонков {calls}")
