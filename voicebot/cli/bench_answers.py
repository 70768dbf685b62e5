"""`voicebot bench turns`, `greeting` and `capacity`: how soon the robot answers, at the callers' ears."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from voicebot.bench.answers import Answers

_StateDir = Annotated[Path, typer.Option(help="Databases and logs go below this folder.")]


def register(app: typer.Typer) -> None:
    app.command()(turns)
    app.command()(greeting)
    app.command()(capacity)


def turns(
    calls: Annotated[int, typer.Option(min=1, help="Callers; every sixth speaks slowly, with pauses.")] = 12,
    lines: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 6,
    line: Annotated[
        str, typer.Option(help="A bad line: mobile, lossy, jitter, echo, loud_echo, quiet, clipped, street, crowd.")
    ] = "",
    live: Annotated[
        float | None,
        typer.Option(min=0, help="Also half as many calls with parts that nobody prepared: seconds for one of speech."),
    ] = None,
    state_dir: _StateDir = Path("var"),
    as_json: store.Json = False,
) -> None:
    """How long the robot's answers take by kind of answer, and how many answers it cuts off.

    From the last voiced sample of the caller to the first voiced sample of what answers it; phrases are prepared before
    the calls. Twenty answers a call, about five minutes for twelve calls.
    """
    from voicebot.bench.turns import measure_turns
    from voicebot.bench.workload import Workload
    from voicebot.demo.run import new_folder

    if line and line not in (known := Workload.load().lines):
        raise typer.BadParameter(f"there are {', '.join(known)}", param_hint="--line")
    load = os.getloadavg()[0]
    folder = new_folder(state_dir, "bench")
    found = asyncio.run(measure_turns(folder, calls=calls, at_once=lines, line=line))
    told = {**found.as_json(), "load": round(load, 1)}
    if not as_json:
        _tell(found)
    if live is not None:
        half = measure_turns(
            folder.with_name(f"{folder.name}-live"), calls=-(-calls // 2), at_once=lines, line=line, live_cost=live
        )
        slower = asyncio.run(half)
        told["live"] = {**slower.as_json()["classes"], "cost": live}
        if not as_json:
            typer.echo(f"без подготовки, синтез {live} с на секунду речи:")
            _tell(slower)
    if as_json:
        typer.echo(json.dumps(told))


def greeting(
    calls: Annotated[int, typer.Option(min=1, max=200, help="People who are called.")] = 40,
    state_dir: _StateDir = Path("var"),
    as_json: store.Json = False,
) -> None:
    """How soon after "алло" the robot greets whom it has called. About a minute for forty calls."""
    from voicebot.bench.greeting import measure_greetings

    load = os.getloadavg()[0]
    found = {**vars(asyncio.run(measure_greetings(state_dir, calls))), "load": round(load, 1)}
    if as_json:
        typer.echo(json.dumps(found))
    else:
        typer.echo(f"приветствие: {found['n']}, медиана {found['p50_ms']} мс, 95 % {found['p95_ms']} мс")


def capacity(
    calls: Annotated[
        list[int] | None, typer.Option(min=1, help="How many at once; may be given several times.")
    ] = None,
    state_dir: _StateDir = Path("var"),
    as_json: store.Json = False,
) -> None:
    """How many callers who speak at once this machine carries, the simulated callers included.

    Without --calls: 10, 20, 30, 40, 50, until a promise is broken. The JSON is of the largest number that held; what
    each number gave is in its "levels". About three minutes a number.
    """
    from voicebot.bench import capacity as bench
    from voicebot.demo.run import new_folder

    levels = asyncio.run(bench.measure_levels(new_folder(state_dir, "bench"), calls or bench.LEVELS))
    held = bench.held(levels)
    if as_json:
        best = next((level.as_json() for level in levels if level.calls == held), {})
        typer.echo(json.dumps({**best, "calls": held, "levels": [level.as_json() for level in levels]}))
        return
    for level in levels:
        cores = ", ".join(f"{name} {used:.2f}" for name, used in level.cpu.items())
        typer.echo(f"{level.calls} разговоров: ядер {cores}; задержка цикла {level.loop_lag_p99_ms} мс")
        _tell(level.answers)
        typer.echo(f"  не выдержано: {', '.join(level.broken)}" if level.broken else "  всё выдержано")
    typer.echo(f"выдержано разговоров: {held}")


def _tell(found: "Answers") -> None:
    for kind, waits in found.classes.items():
        typer.echo(f"  {kind:<8} {waits.n:>4} ответов, медиана {waits.p50_ms} мс, 95 % {waits.p95_ms} мс")
    typer.echo(
        f"  перебито {found.cut_off:.1%} из {found.turns}, медленных {found.slow_cut_off:.1%} из {found.slow_turns}; "
        f"без ответа {found.unanswered}"
    )
