"""`voicebot models …`: speech models and voices, fetched from their publishers, checked and removed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.speech.download import Progress
    from voicebot.speech.install import Status

app = typer.Typer(help="Speech models and voices: list, install, verify, remove, add-words.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="As `voicebot models list` names it.")]
_Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]

_CHANGED = 1  # exit code of `verify`


@app.command(name="list")
def list_all(as_json: _Json = False) -> None:
    """All models that can be installed, and which ones are.

    Example: voicebot models list --json
    """
    from rich.console import Console
    from rich.table import Table

    from voicebot.speech import install

    found = install.status()
    if as_json:
        typer.echo(json.dumps([_shown(one) for one in found], ensure_ascii=False))
        return
    table = Table("name", "kind", "installed", "MB", "licence", "what it is")
    for one in found:
        entry = one.entry
        licence = f"{entry.licence} (--accept-licence)" if entry.needs_licence else entry.licence
        table.add_row(
            entry.name, entry.kind, "yes" if one.installed else "no", str(entry.megabytes), licence, entry.title
        )
    Console().print(table)


@app.command()
def install(
    name: _Name,
    source: Annotated[
        str, typer.Option("--from", help="File, folder or address to take it from, for a machine without the Internet.")
    ] = "",
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="You have read a licence that forbids some uses, and accept it.")
    ] = False,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Install again; trust the file even if it is not the one of before.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Fetch a model from its publisher, check it and unpack it; a broken download goes on where it stopped.

    Examples:

      voicebot models install vosk-model-small-ru-0.22

      voicebot models install vosk-model-small-ru-0.22 --from /media/usb/vosk-model-small-ru-0.22.zip
    """
    from voicebot.speech.install import install as fetch

    with _bar(name) as progress:
        folder = fetch(name, source=source, accept_licence=accept_licence, upgrade=upgrade, progress=progress)
    typer.echo(json.dumps({"name": name, "folder": str(folder)}) if as_json else f"{name}: {folder}")


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="By default all installed.")] = None,
    as_json: _Json = False,
) -> None:
    """Compare installed models with their checksums; exit code 1 when a file is missing, changed or added."""
    from voicebot.speech import install

    wanted = names or [one.entry.name for one in install.status() if one.installed]
    faults = {name: install.verify(name) for name in wanted}
    if as_json:
        typer.echo(json.dumps({name: {"ok": not files, "files": files} for name, files in faults.items()}))
    else:
        for name, files in faults.items():
            typer.echo(f"{name}: " + (f"changed: {', '.join(files)}" if files else "as it was installed"))
    if any(faults.values()):
        if not as_json:
            typer.echo("Install it again: voicebot models install NAME --upgrade", err=True)
        raise typer.Exit(_CHANGED)


@app.command()
def remove(name: _Name) -> None:
    """Remove an installed model; its checksum stays, so that another file is not taken for it later."""
    from voicebot.speech import install

    install.remove(name)
    typer.echo(f"{name}: removed")


@app.command()
def add_words(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A line a word: слово, сл+ово, or слово: как зву+чит, или т+ак.")],
    replace: Annotated[bool, typer.Option("--replace", help="Forget the words that were added before.")] = False,
    as_json: _Json = False,
) -> None:
    """Let the embedded model hear further words, from its next load on (names, medicines, streets, …).

    A word is pronounced by rule; where its stress is neither marked with + nor known, by every likely stress.

    Example: voicebot models add-words doctors.txt
    """
    from voicebot.speech import models, own_words

    state: State = context.obj
    name = state.settings().speech.model
    done = own_words.add(models.folder(name), own_words.read(file), replace=replace)
    if as_json:
        added = {one.word: [" ".join(sounds) for sounds in one.pronunciations] for one in done.added}
        guessed = [one.word for one in done.added if not one.told]
        shown = {"model": name, "added": added, "guessed": guessed, "known": done.known}
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    for one in done.added:
        typer.echo(f"{one.word}: {', '.join(one.spelled)}{'' if one.told else ' (guessed)'}")
    typer.echo(f"{name}: {len(done.added)} words added, {len(done.known)} were known.")


def _shown(one: "Status") -> dict[str, object]:
    entry = one.entry
    known = ("name", "kind", "title", "licence", "needs_licence", "dictates", "megabytes")
    return entry.model_dump(include=set(known)) | {"installed": one.installed, "folder": str(one.folder)}


@contextmanager
def _bar(name: str) -> Iterator["Progress"]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
