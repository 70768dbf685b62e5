"""`voicebot policy …`: insurance policies in."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli import store

app = typer.Typer(help="Insurance policies: the local list behind the insurer's own check.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A group, though it has one command."""


@app.command(name="import")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
) -> None:
    """Load policies; a known one takes the values of the file.

    Columns: Страховая, Номер полиса, Застрахованный, Дата рождения, Начало, Окончание, Территория (ISO codes, or
    «весь мир»), Программа, Франшиза, Валюта, VIP. Exit code 9 when some rows were bad.

    Example: voicebot policy import полисы.csv
    """
    from voicebot.store import policy_table

    with store.progress() as progress:
        loaded = policy_table.load(
            store.open_database(context), file, clinic=store.settings(context).clinic, progress=progress
        )
    store.tell(loaded)
