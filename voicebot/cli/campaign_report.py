"""`voicebot campaign report` and `export`: what a campaign achieved, and what it did for each contact."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store
from voicebot.outbound.formats import Format

if TYPE_CHECKING:
    from voicebot.outbound.report import Report

_ALWAYS = 4  # columns of the table; results that nobody had are left out
_Name = Annotated[str, typer.Argument(help="The campaign's name.")]


def register(app: typer.Typer) -> None:
    app.command()(report)
    app.command()(export)


def report(
    context: typer.Context,
    name: _Name,
    form: Annotated[
        Format | None, typer.Option("--format", help="By default as --out is called, else a table.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file; by default NAME.csv, NAME.xlsx or NAME.html.")] = None,
    as_json: store.Json = False,
) -> None:
    """Who was reached and what they said, in all, by try and by hour; answer rate and handling time.

    Holds no names and no numbers. The page (html) has charts and loads nothing from elsewhere.

    Example: voicebot campaign report ноябрь --out ноябрь.html
    """
    from voicebot.outbound import export
    from voicebot.outbound import report as reports

    form = Format.JSON if as_json else form or _form_of(out)
    with store.open_database(context).sync_read() as session:
        made = reports.make(session, name, store.settings(context).clinic.zone)
    if form is Format.TABLE:
        _print(made)
    elif form is Format.JSON and out is None:
        typer.echo(json.dumps(made.as_json(), ensure_ascii=False))
    else:
        file = out or Path(f"{name}.{form}")
        export.write_report(file, made, form)
        typer.echo(f"Отчёт: {file}", err=True)


def export(
    context: typer.Context,
    name: _Name,
    out: Annotated[Path | None, typer.Option(help="FILE.csv or FILE.xlsx; by default NAME-контакты.xlsx.")] = None,
) -> None:
    """Every contact with its last call, its result and its visit, for the clinic's own programs.

    The file holds names and numbers: keep it where patients' data belong.

    Example: voicebot campaign export ноябрь --out ноябрь.csv
    """
    from voicebot.outbound import export as exports
    from voicebot.outbound import report as reports
    from voicebot.outbound.contact_lines import contact_lines

    file, zone = out or Path(f"{name}-контакты.xlsx"), store.settings(context).clinic.zone
    if file.suffix.lower() not in (f".{Format.CSV}", f".{Format.XLSX}"):
        raise typer.BadParameter("write FILE.csv or FILE.xlsx", param_hint="--out")
    with store.open_database(context).sync_read() as session:
        made = reports.make(session, name, zone)
        exports.write_contacts(file, made, contact_lines(session, made.id), zone)
    typer.echo(f"Контакты: {file}", err=True)


def _form_of(out: Path | None) -> Format:
    if out is None:
        return Format.TABLE
    try:
        return Format(out.suffix.lower().removeprefix("."))
    except ValueError:
        raise typer.BadParameter(
            "end it in .csv, .xlsx, .json or .html, or give --format", param_hint="--out"
        ) from None


def _print(made: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    from voicebot.outbound import export, words

    console = Console(highlight=False)
    console.print(f"{made.name}: {words.CAMPAIGNS[made.state]}")
    console.print(f"Контактов {made.contacts}, звонили {made.called}, дозвонились {made.reached}")
    if made.results:
        console.print("Итоги: " + ", ".join(f"{words.RESULTS[key]} {count}" for key, count in made.results.items()))
    if time := made.handling_time:
        console.print(f"Разговор: в среднем {time.mean:.0f} с, медиана {time.median:.0f} с, 90 % до {time.p90:.0f} с")
    if tries := made.mean_tries:
        console.print(f"Звонков на человека: {tries:.1f}")
    rows = list(export.figures(made))
    shown = [place for place in range(len(export.TALLY)) if place < _ALWAYS or any(row[place] for row in rows)]
    table = Table()
    for place in shown:
        table.add_column(export.TALLY[place], no_wrap=True)
    for row in rows:
        table.add_row(*(str(row[place]) for place in shown))
    console.print(table)
