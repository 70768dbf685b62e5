"""`voicebot say`: hear (or read) how the robot says something."""

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.state import State


def register(app: typer.Typer) -> None:
    app.command()(say)


def say(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="Anything: figures, dates, abbreviations and Latin are written out.")],
    out: Annotated[Path | None, typer.Option(help="Sound file to write (8 kHz WAV).")] = None,
    as_text: Annotated[bool, typer.Option("--text", help="Print the phrase as the synthesiser gets it.")] = False,
) -> None:
    """Say a phrase in the robot's voice, or show what the synthesiser would get.

    Examples:

      voicebot say "Ждём вас 24.11.2026 в 15:30, каб. 312" --text

      voicebot say "Здравствуйте! Это голосовой робот." --out hello.wav
    """
    if not as_text and out is None:
        raise typer.BadParameter("give --out FILE.wav to hear it, or --text to read it", param_hint="--out")
    from voicebot.language.pronunciation import pronounced

    state: State = context.obj
    settings = state.settings()
    phrase = pronounced(text, settings.speech.pronunciations)
    if as_text:
        typer.echo(phrase)
    if out is not None:
        _render(phrase, out, state)


def _render(phrase: str, out: Path, state: State) -> None:
    import soundfile

    from voicebot.speech.audio import RATE
    from voicebot.speech.voice import open_voice

    voice = open_voice(state.settings().speech)
    try:
        soundfile.write(out, voice.render(phrase), RATE)
    except (OSError, soundfile.LibsndfileError) as error:
        raise typer.BadParameter(f"cannot write {out}: {error}", param_hint="--out") from None
    finally:
        voice.close()
    typer.echo(f"{out}: {voice.name}")
