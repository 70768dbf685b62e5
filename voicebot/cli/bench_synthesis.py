"""`voicebot bench synthesis`: how soon a phrase can be heard."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli import store
from voicebot.cli.state import State


def register(app: typer.Typer) -> None:
    app.command()(synthesis)


def synthesis(
    context: typer.Context,
    cost: Annotated[
        list[float] | None,
        typer.Option(min=0, help="Also a made voice of Silero's kind: seconds of processor for a second of speech."),
    ] = None,
    as_json: store.Json = False,
) -> None:
    """How long the voice of [speech] takes for a fragment: rendered now, prepared, said before; loudness, and loop lag.

    Example: voicebot bench synthesis --cost 0.05 --cost 0.1 --cost 0.2
    """
    from voicebot.bench import made_voice
    from voicebot.bench.synthesis import measure_voice
    from voicebot.speech.voice import open_voice

    state: State = context.obj
    settings = state.settings().speech
    found = []
    for each in (None, *(cost or ())):
        with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as name:
            folder = Path(name)
            if each is None:
                voice = open_voice(settings)
            else:
                voice = made_voice.make(folder, each, threads=settings.synthesis_threads)
            try:
                found.append(asyncio.run(measure_voice(voice, folder / "phrases", settings)))
            finally:
                voice.close()
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found]))
        return
    for one in found:
        typer.echo(f"{one.voice}: {one.live.n} фрагментов, {one.seconds} с речи, {one.live_factor} с на секунду")
        for what, waits in (("сейчас", one.live), ("из файлов", one.disk), ("из памяти", one.memory)):
            typer.echo(f"  {what:<10} медиана {waits.p50_ms} мс, 95 % {waits.p95_ms} мс")
        softest, mean, loudest = one.loudness_db
        typer.echo(f"  громкость {mean} дБ ({softest} … {loudest}); задержка цикла {one.loop_lag_p99_ms} мс")
