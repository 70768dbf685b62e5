"""`voicebot scenario …`: what the robot can talk about; checked, and tried by typing."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.data import pairs
from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.app.review import Review
    from voicebot.errors import ScenarioError
    from voicebot.speech.recogniser import Model

app = typer.Typer(help="Scenarios: list, check, try by typing.", no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]

_FAULTY = 3  # exit code, the one of ScenarioError


@app.command(name="list")
def list_all(as_json: _Json = False) -> None:
    """The scenarios in campaigns/, outbound and inbound."""
    from rich.console import Console
    from rich.table import Table

    from voicebot.dialog import catalog

    found = [catalog.find(name) for name in catalog.names()]
    rows = [
        {"name": one.name, "direction": one.direction, "title": one.title, "steps": len(one.steps)} for one in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("name", "direction", "title", "steps")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)


@app.command()
def check(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="By default all.")] = None,
    as_json: _Json = False,
) -> None:
    """Find what is wrong in scenarios before a patient does: each finding with file, line and mend.

    Warnings name words that the installed speech model cannot hear. Exit code 3 when there are faults.

    Example: voicebot scenario check campaigns/outbound/confirmation.yaml
    """
    from voicebot.app.review import review
    from voicebot.dialog import catalog

    model = _model(context)
    files = [catalog.file_of(name) for name in names or catalog.names()]
    reviews = [review(file, model) for file in files]
    faulty = any(one.faults for one in reviews)
    if as_json:
        typer.echo(json.dumps([_shown(one) for one in reviews], ensure_ascii=False))
    else:
        for one in reviews:
            for kind, findings in (("fault", one.faults), ("warning", one.warnings)):
                for finding in findings:
                    typer.echo(f"{kind}: {finding}")
            typer.echo(f"{one.file}: {len(one.faults)} faults, {len(one.warnings)} warnings")
    raise typer.Exit(_FAULTY if faulty else 0)


@app.command(name="try")
def rehearse(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a scenario, or a .yaml file.")],
    data: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE of the patient's row; what is not given is invented.")
    ] = None,
    operator_busy: Annotated[bool, typer.Option("--operator-busy", help="Nobody takes a transferred call.")] = False,
) -> None:
    """Talk with a scenario by typing, through the real engine; nothing is called and nothing is kept.

    You are the patient. Digits are keys, an empty line or <silence> is silence, <unknown> is speech that no word was
    recognised in, <hang up> or Ctrl-D ends the call. After each answer it shows what was understood.

    Examples:

      voicebot scenario try confirmation

      voicebot scenario try confirmation --data surname=Петров --data name=Иван --data time=15:40
    """
    from voicebot.app.rehearsal import Rehearsal
    from voicebot.cli.typing_in import typed_line

    state: State = context.obj
    rehearsal = Rehearsal(
        scenario=name,
        settings=state.settings(),
        read=lambda: typed_line("Вы: "),
        tell=typer.echo,
        given=pairs(data or []),
        operator_free=not operator_busy,
    )
    asyncio.run(rehearsal.run())


def _model(context: typer.Context) -> "Model | None":
    """The speech model whose words are checked; without one only the files are."""
    from voicebot.errors import ModelMissing
    from voicebot.speech import models
    from voicebot.speech.recogniser import Model

    state: State = context.obj
    try:
        return Model(models.folder(state.settings().speech.model))
    except ModelMissing as error:
        typer.echo(f"words are not checked: {error}", err=True)
        return None


def _shown(one: "Review") -> dict[str, object]:
    def told(findings: "tuple[ScenarioError, ...]") -> list[dict[str, str]]:
        return [{"place": error.place, "what": error.what, "mend": error.mend} for error in findings]

    return {"file": str(Path(one.file)), "faults": told(one.faults), "warnings": told(one.warnings)}
