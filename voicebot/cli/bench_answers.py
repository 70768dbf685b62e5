"""`voicebot bench turns` and `greeting`: how soon the robot answers, at the patients' ears."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from voicebot.demo.answers.measured import Answers

_Rounds = Annotated[int, typer.Option(min=1, max=9, help="How often everybody of the workload is called.")]
_Seed = Annotated[int, typer.Option(help="Another order of the calls, and other voices.")]
_StateDir = Annotated[Path, typer.Option(help="Recordings, database and logs go below this folder.")]


def register(app: typer.Typer) -> None:
    app.command()(turns)
    app.command()(greeting)


def turns(
    rounds: _Rounds = 1, seed: _Seed = 0, state_dir: _StateDir = Path("var"), as_json: store.Json = False
) -> None:
    """How long the robot's answers take by kind of answer, and how many answers it cuts off.

    From the last voiced sample of the patient to the first voiced sample of what answers it; phrases are prepared
    before the calls. About two minutes a round.
    """
    measured, load = _call(rounds, seed, state_dir)
    found = {**measured.as_json(), "load": load}
    if as_json:
        typer.echo(json.dumps(found))
        return
    for kind, waits in measured.classes.items():
        typer.echo(f"{kind:<8} {waits.n:>4} ответов, медиана {waits.p50_ms} мс, 95 % {waits.p95_ms} мс")
    typer.echo(
        f"перебито {measured.cut_off:.1%} из {measured.turns}; без ответа {measured.unanswered}; нагрузка {load}"
    )


def greeting(
    rounds: _Rounds = 1, seed: _Seed = 0, state_dir: _StateDir = Path("var"), as_json: store.Json = False
) -> None:
    """How soon after "алло" the robot greets whom it has called."""
    measured, load = _call(rounds, seed, state_dir)
    found: dict[str, Any] = {**vars(measured.greeting), "load": load}
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(
            f"приветствие: {found['n']}, медиана {found['p50_ms']} мс, 95 % {found['p95_ms']} мс; нагрузка {load}"
        )


def _call(rounds: int, seed: int, state_dir: Path) -> tuple["Answers", list[float]]:
    """Call everybody; what was measured, and the machine's load before and after."""
    from voicebot.demo import run
    from voicebot.demo.answers.measured import measure
    from voicebot.demo.answers.workload import Workload

    workload, load = Workload.load(), [os.getloadavg()[0]]
    calls = run.run(state_dir, tell=lambda _: None, seed=seed, people=workload.members(rounds))
    ended = asyncio.run(calls)
    witnesses = {id(one): one for verdict in ended.verdicts for one in verdict.witnesses}
    return measure(list(witnesses.values()), workload), [round(one, 1) for one in (*load, os.getloadavg()[0])]
