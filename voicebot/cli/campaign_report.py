"""`voicebot campaign report`: what a campaign achieved."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.outbound.report import Report


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The campaign's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="The figures as one JSON object.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write every contact with its result into this file.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="The same as a workbook, with the figures.")] = None,
) -> None:
    """Who was reached and what they said, in all, by try and by hour; answer rate and handling time.

    The files hold names and numbers: keep them where patients' data belong.

    Example: voicebot campaign report ноябрь --xlsx ноябрь-итоги.xlsx
    """
    from voicebot.outbound import export
    from voicebot.outbound import report as reports
    from voicebot.store import schema
    from voicebot.store.database import Database

    state: State = context.obj
    settings = state.settings()
    schema.upgrade(settings.store.url)
    zone = settings.clinic.zone
    with Database(settings.store.url).sync_read() as session:
        made = reports.make(session, name, zone)
        if csv:
            export.write_csv(csv, (export.contact_row(line, zone) for line in reports.contact_lines(session, made)))
        if xlsx:
            rows = (export.contact_row(line, zone) for line in reports.contact_lines(session, made))
            export.write_xlsx(xlsx, made, rows)
    if as_json:
        typer.echo(json.dumps(made.as_json(), ensure_ascii=False))
    else:
        _print(made)
    for file in filter(None, (csv, xlsx)):
        typer.echo(f"Контакты: {file}", err=True)


def _print(made: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    from voicebot.outbound import export, words

    console = Console(highlight=False)
    console.print(f"{made.name}: {words.CAMPAIGNS[made.state]}")
    console.print(f"Контактов {made.contacts}, звонили {len(made.ends)}, дозвонились {made.reached}")
    if made.results:
        console.print("Итоги: " + ", ".join(f"{words.RESULTS[key]} {count}" for key, count in made.results.items()))
    if time := made.handling_time:
        console.print(f"Разговор: в среднем {time.mean:.0f} с, медиана {time.median:.0f} с, 90 % до {time.p90:.0f} с")
    table = Table(*export.TALLY)
    for row in export.figures(made):
        table.add_row(*map(str, row))
    console.print(table)
