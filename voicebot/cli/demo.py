"""`voicebot demo`: real calls to virtual patients."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from voicebot.demo.sabotage import Sabotage

_RECORDED_WIDTH = 140  # columns


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of the live transcript.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another order of the list, and other voices.")] = 0,
    sabotage: Annotated[
        Sabotage | None, typer.Option(help="Break the robot; the demonstration must then fail.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Write what the terminal showed as a picture.")] = None,
    state_dir: Annotated[Path, typer.Option(help="Recordings, database and logs go below this folder.")] = Path("var"),
) -> None:
    """Call some thirty virtual patients over real SIP, be called by others, and show what was said: every conversation.

    Everything is private to the demonstration: two Asterisks on the loopback address, a database, the embedded models.
    Exit code 0 only if every patient ended as their persona says and heard the right facts.
    """
    from rich.console import Console

    from voicebot.demo import report, run, summary

    console = Console(highlight=False, record=svg is not None, width=_RECORDED_WIDTH if svg else None)
    ended = asyncio.run(
        run.run(state_dir, tell=(lambda _: None) if as_json else console.print, seed=seed, sabotage=sabotage)
    )
    if as_json:
        patients = [verdict.as_json() for verdict in ended.verdicts]
        scenarios = [one.as_json() for one in summary.of(ended.verdicts)]
        told = {"patients": patients, "scenarios": scenarios, "ok": ended.ok, "fault": ended.fault}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        report.show(console, ended.verdicts, ended.folder)
        if ended.fault:
            console.print(f"Ошибка: {ended.fault}")
        console.print("Все звонки прошли как надо." if ended.ok else "Есть расхождения.")
        if svg:
            console.save_svg(str(svg), title="voicebot demo")
    raise typer.Exit(0 if ended.ok else 1)
