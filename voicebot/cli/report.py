"""`voicebot report`: what the store tells of all campaigns and calls together."""

import json
from datetime import datetime
from typing import Annotated

import typer

from voicebot.cli import store

group = typer.Typer(no_args_is_help=True, help="What the store tells of all calls together.")


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="report")


@group.command()
def latency(
    context: typer.Context,
    since: Annotated[datetime | None, typer.Option(help="Only calls from this time on, by the clinic's clock.")] = None,
    as_json: store.Json = False,
) -> None:
    """How long people waited for the robot's replies, and what took the time, by question.

    Measured by the robot, from the last voiced sample of an answer to the first frame sent.

    Example: voicebot report latency --since 2026-11-22
    """
    from rich.console import Console
    from rich.table import Table

    from voicebot.store.latency import measure

    begin = since and since.replace(tzinfo=store.settings(context).clinic.zone)
    with store.open_database(context).sync_read() as session:
        found = measure(session, since=begin)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    table = Table("что", "ответов", "медиана, мс", "95 %, мс")
    parts = {"end_point_ms": "конец ответа решён", "meaning_ms": "понято", "speaking_ms": "записано и сказано"}
    rows = {"ответ робота": found.replies, **{f"  {name}": found.parts[part] for part, name in parts.items()}}
    rows |= {f"{scenario}: {step}": one for (scenario, step), one in found.steps.items()}
    for name, one in rows.items():
        table.add_row(name, str(one.n), str(one.p50_ms), str(one.p95_ms))
    Console(highlight=False).print(table)
