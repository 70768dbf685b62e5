"""`voicebot consent …`: what people agreed to, with its proof."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli import store

app = typer.Typer(help="Consents: advertising calls, recording, messages, use of data.", no_args_is_help=True)
_NONE = 1  # exit code: there was no such consent


@app.command(name="import")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
) -> None:
    """Load consents of those who use a number. What is held already keeps its date and proof.

    Columns: Телефон, На что (реклама, запись, сообщения, данные), Основание (a document, a recording: the law asks
    for proof), Дата (since when; today if empty). Exit code 9 when some rows were bad.

    Example: voicebot consent import согласия.csv
    """
    from voicebot.store import consent_table

    with store.progress() as progress:
        loaded = consent_table.load(
            store.open_database(context), file, clinic=store.settings(context).clinic, progress=progress
        )
    store.tell(loaded)


@app.command(name="list")
def list_all(
    context: typer.Context,
    number: Annotated[str, typer.Option(help="Only this number.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Withdrawn ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    out: store.Out = None,
    as_json: store.Json = False,
) -> None:
    """Consents that hold, the latest first."""
    from voicebot.cli import words
    from voicebot.store import consents

    e164 = store.number(context, number, "--number") if number else None
    found = store.run(context, lambda session: consents.listed(session, number=e164, withdrawn=everything, limit=limit))
    rows = [
        asdict(one)
        | {"given_at": store.local(context, one.given_at), "withdrawn_at": store.local(context, one.withdrawn_at)}
        for one in found
    ]
    titles = {"number": "Телефон", "patient_id": "Пациент", "kind": "На что", "given_at": "С какого времени"}
    if everything:
        titles |= {"withdrawn_at": "Отозвано", "withdrawn_by": "Кем"}
    store.show(
        rows,
        titles | {"proof": "Основание"},
        as_json=as_json,
        out=out,
        told={"kind": lambda kind: words.called(words.CONSENTS, kind)},
    )


@app.command()
def withdraw(
    context: typer.Context,
    kind: Annotated[str, typer.Option(help="What was agreed to: advertising, recording, messages or data.")],
    number: Annotated[str, typer.Option(help="Whose: a telephone number, written in any way.")] = "",
    patient: Annotated[int | None, typer.Option(help="Whose: a patient's id, see `patient find`.")] = None,
) -> None:
    """A consent holds no more; that it was given stays known. Exit code 1: there was none.

    Example: voicebot consent withdraw --kind advertising --number "8 916 123-45-67"
    """
    from voicebot.store import consent_table, consents

    meant = consent_table.kind_of(kind)
    if meant is None:
        raise typer.BadParameter("it is none of advertising, recording, messages, data", param_hint="--kind")
    if not (number or patient):
        raise typer.BadParameter("give a number or a patient", param_hint="--number, --patient")
    e164, by = store.number(context, number, "--number") if number else None, store.user()
    gone = store.run(context, lambda session: consents.withdraw(session, meant, by=by, number=e164, patient_id=patient))
    if not gone:
        typer.echo("Такого согласия нет.", err=True)
        raise typer.Exit(_NONE)
    typer.echo(f"Отозвано согласий: {gone}")
