"""`voicebot dnc …`: numbers that must not be called."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli import store

app = typer.Typer(help="Do not call: numbers that no campaign calls.", no_args_is_help=True)
_Number = Annotated[str, typer.Argument(help="Telephone number, written in any way.")]
_SAME = 1  # exit code: it was so already


@app.command()
def add(
    context: typer.Context, number: _Number, reason: Annotated[str, typer.Option(help="Why, for those who ask.")] = ""
) -> None:
    """Never call a number again, in any campaign. Exit code 1: it was so already; date and reason stay.

    Example: voicebot dnc add "8 916 123-45-67" --reason "просил больше не звонить"
    """
    from voicebot.store import numbers

    e164, by = store.number(context, number, "NUMBER"), store.user()
    if not store.run(context, lambda session: numbers.do_not_call(session, e164, by=by, reason=reason)):
        typer.echo("На этот номер и так не звонят.", err=True)
        raise typer.Exit(_SAME)


@app.command()
def remove(context: typer.Context, number: _Number) -> None:
    """The number may be called again. Exit code 1: it was not forbidden."""
    from voicebot.store import numbers

    e164, by = store.number(context, number, "NUMBER"), store.user()
    if not store.run(context, lambda session: numbers.may_call(session, e164, by=by)):
        typer.echo("На этот номер звонить не запрещено.", err=True)
        raise typer.Exit(_SAME)


@app.command(name="list")
def list_all(
    context: typer.Context,
    number: Annotated[str, typer.Option(help="Only this number.")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 100,
    out: store.Out = None,
    as_json: store.Json = False,
) -> None:
    """Numbers that must not be called, the latest first: since when, who said so and why."""
    from voicebot.store import numbers

    e164 = store.number(context, number, "--number") if number else None
    found = store.run(context, lambda session: numbers.refusals(session, number=e164, limit=limit))
    rows = [asdict(one) | {"at": store.local(context, one.at)} for one in found]
    store.show(rows, {"number": "Телефон", "at": "С какого времени", "why": "Кто и почему"}, as_json=as_json, out=out)


@app.command(name="import")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
) -> None:
    """Load numbers that must not be called. The same file again changes nothing.

    Columns: Телефон, Причина, Дата (since when; today if empty). Exit code 9 when some rows were bad.

    Example: voicebot dnc import отказы.xlsx
    """
    from voicebot.store import refusal_table

    with store.progress() as progress:
        loaded = refusal_table.load(
            store.open_database(context),
            file,
            clinic=store.settings(context).clinic,
            by=f"list:{file.name}",
            progress=progress,
        )
    store.tell(loaded)
