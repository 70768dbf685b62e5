"""`voicebot bench barge-in`: how soon the robot gives way, and whether noise stops it."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli import store


def register(app: typer.Typer) -> None:
    app.command("barge-in")(barge_in)


def barge_in(
    repeats: Annotated[int, typer.Option(min=1, help="How often each of five voices says each word and noise.")] = 1,
    state_dir: Annotated[Path, typer.Option(help="Logs of both Asterisks go below this folder.")] = Path("var"),
    as_json: store.Json = False,
) -> None:
    """How soon a caller's voice lowers a prompt and a caller's word ends it; what "угу", coughs and a street do.

    At the caller's ear: from the onset of the voice to 10 dB less (duck), from the last voiced sample of the answer to
    silence. About four minutes a repeat.
    """
    from voicebot.bench.barge_in import measure
    from voicebot.demo.run import new_folder

    found = {**asyncio.run(measure(new_folder(state_dir, "bench"), repeats=repeats)).as_json()}
    if as_json:
        typer.echo(json.dumps(found))
        return
    typer.echo(
        f"слов {found['n']}: тише через {found['duck_p95_ms']} мс, молчит через {found['silent_p95_ms']} мс (95 %)"
    )
    typer.echo(f"не замолчал: {found['not_stopped']}")
    typer.echo(f"помех {found['false_n']}: замолчал {found['false_stops']}, стал тише {found['false_ducks']}")
