"""`voicebot transcribe`: recordings to text, with the robot's own ear."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.speech.transcribe import Transcription


def register(app: typer.Typer) -> None:
    app.command()(transcribe)


def transcribe(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE]...", help="WAV, FLAC or OGG.")] = None,
    grammar: Annotated[str, typer.Option(help='Phrases to tell apart, "да,нет"; without them free dictation.')] = "",
    batch: Annotated[
        Path | None, typer.Option(help="File of lines PATH<TAB>comma-separated grammar (or nothing after the tab).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file, one a line.")] = False,
) -> None:
    """Recognise recordings as the robot would hear them on the telephone (8 kHz, the first channel).

    Examples:

      voicebot transcribe answer.wav --grammar "да,нет,не знаю"

      voicebot transcribe --batch list.tsv --json > heard.jsonl
    """
    from voicebot.speech import models
    from voicebot.speech import transcribe as recordings
    from voicebot.speech.recogniser import Model

    if not files and batch is None:
        raise typer.BadParameter("give recordings, or --batch LIST.tsv", param_hint="FILE")
    state: State = context.obj
    jobs = [(file, recordings.phrases(grammar)) for file in files or ()]
    jobs += recordings.batch(batch) if batch else []
    model = Model.named(state.settings().speech.model)
    if not models.dictates(model.name) and not all(phrases for _, phrases in jobs):
        typer.echo(f"{model.name} is made for grammars: expect little of its free dictation.", err=True)
    for one in recordings.transcribe(model, jobs):
        typer.echo(_dumped(one) if as_json else one.text if len(jobs) == 1 else f"{one.file}: {one.text}")


def _dumped(one: "Transcription") -> str:
    words = [{"word": w.word, "start": w.start, "end": w.end, "conf": w.confidence} for w in one.words]
    told = {"file": str(one.file), "text": one.text, "words": words}
    times = {"seconds": round(one.seconds, 3), "decode_seconds": round(one.decode_seconds, 3)}
    return json.dumps(told | times, ensure_ascii=False)
