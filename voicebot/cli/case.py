"""`voicebot case …`: requests for medical assistance."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from voicebot.store.cases import CaseView

app = typer.Typer(help="Cases of medical assistance.", no_args_is_help=True)
_Id = Annotated[int, typer.Argument(help="The id that `case list` shows.")]
_Late = Annotated[bool, typer.Option("--late", help="Only those whose deadline has passed.")]
_All = Annotated[bool, typer.Option("--all", help="Closed and cancelled ones too.")]


@app.command(name="list")
def list_all(
    context: typer.Context, late: _Late = False, everything: _All = False, as_json: store.Json = False
) -> None:
    """Open cases, those with a red flag and the nearest deadline first."""
    from voicebot.cli import words

    found = _read(context, late=late, everything=everything, limit=100)
    rows = [
        asdict(one) | {"due_at": store.local(context, one.due_at), "serve_by": store.local(context, one.serve_by)}
        for one in found
    ]
    titles = {"id": "№", "stage": "Этап", "insured": "Застрахованный", "place": "Где", "complaint": "Жалоба"}
    store.show(
        rows,
        titles | {"due_at": "Срок", "serve_by": "Помочь до"},
        as_json=as_json,
        told={"stage": lambda stage: words.called(words.STAGES, stage)},
    )


@app.command()
def show(context: typer.Context, case: _Id, as_json: store.Json = False) -> None:
    """A case and all that happened to it."""
    from voicebot.errors import StoreError
    from voicebot.store import cases

    found = store.run(context, lambda session: cases.get(session, case))
    if found is None:
        raise StoreError("no such case", place=f"case {case}", mend="`voicebot case list` shows all.")
    zone = store.settings(context).clinic.zone
    history = store.run(context, lambda session: cases.history(session, case))
    if as_json:
        told = [{"at": at.astimezone(zone), "by": by, "what": what} for at, by, what in history]
        store.show([asdict(found) | {"history": told}], {}, as_json=True)
        return
    store.show(
        [{"field": name, "value": value} for name, value in asdict(found).items()],
        {"field": "", "value": ""},
        as_json=False,
    )
    rows = [{"at": at.astimezone(zone), "by": by, "what": what} for at, by, what in history]
    store.show(rows, {"at": "Когда", "by": "Кто", "what": "Что"}, as_json=False)


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A .csv or .xlsx file; an existing one is replaced.")],
    late: _Late = False,
    everything: _All = False,
) -> None:
    """Write cases into a file for a spreadsheet."""
    from voicebot.store.cases import CaseView
    from voicebot.store.sheets.write import write_table

    header = [field.name for field in fields(CaseView)]
    found = _read(context, late=late, everything=everything, limit=1_000_000)
    zone = store.settings(context).clinic.zone
    rows = [
        [_cell(value.astimezone(zone) if isinstance(value, datetime) else value) for value in asdict(one).values()]
        for one in found
    ]
    write_table(file, "Случаи", header, rows)
    typer.echo(f"Случаев: {len(rows)}")


def _read(context: typer.Context, *, late: bool, everything: bool, limit: int) -> "Sequence[CaseView]":
    from voicebot.store import cases
    from voicebot.store.tables import CaseStage

    closed = (CaseStage.CLOSED, CaseStage.CANCELLED)
    stages = () if everything else tuple(stage for stage in CaseStage if stage not in closed)
    late_at = datetime.now(store.settings(context).clinic.zone) if late else None
    return store.run(context, lambda session: cases.listed(session, stages=stages, late_at=late_at, limit=limit))


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    if isinstance(value, bool):
        return "да" if value else ""
    return "" if value is None else str(value)
