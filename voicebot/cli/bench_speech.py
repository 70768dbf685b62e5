"""`voicebot bench speech`: how well the installed model hears Russian."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store
from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.bench.speech.measured import Measured


def register(app: typer.Typer) -> None:
    app.command()(speech)


def speech(
    context: typer.Context,
    model: Annotated[str, typer.Option(help="Name or folder; by default the one of the settings.")] = "",
    final: Annotated[
        bool, typer.Option("--final", help="The half that only measures; nothing may be mended by what it shows.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what was missed.")] = False,
    state_dir: Annotated[Path, typer.Option(help="Recordings and voices are kept below this folder.")] = Path("var"),
    as_json: store.Json = False,
) -> None:
    """Human recordings of Debian's packages, foreign synthetic voices, noise, codecs, words outside the grammar.

    About four minutes; the first time it fetches 105 MB. Shares with their 95 % Wilson interval.

    Example: voicebot bench speech --json
    """
    from voicebot.bench.speech.corpus import Half
    from voicebot.bench.speech.measured import measure

    state: State = context.obj
    half = Half.FINAL if final else Half.DEVELOPMENT
    load = [os.getloadavg()[0]]
    found = measure(model or state.settings().speech.model, half, state_dir / "speech")
    load.append(os.getloadavg()[0])
    if as_json:
        typer.echo(json.dumps({**found.as_json(), "load": [round(one, 1) for one in load]}, ensure_ascii=False))
        return
    _print(found, verbose)
    typer.echo(f"load {load[0]:.1f} … {load[1]:.1f}")


def _print(found: "Measured", verbose: bool) -> None:
    typer.echo(f"{found.model}, {found.half.value} half")
    for one in found.figures:
        low, high = one.share.interval
        share = one.share.hits / one.share.of
        typer.echo(f"{one.name:<52} {one.share.hits:>5} of {one.share.of:<5} {share:6.1%}  ({low:.1%} … {high:.1%})")
        if verbose and one.missed:
            typer.echo(f"    {'; '.join(one.missed)}")
    errors = found.word_errors
    typer.echo(f"{'free decoding, words wrong':<52} {errors.hits:>5} of {errors.of:<5} {errors.hits / errors.of:6.1%}")
    cost = found.cost
    typer.echo(
        f"real-time factor {found.real_time_factor:.3f}, loaded in {cost.load_seconds:.2f} s, "
        f"{cost.disk_megabytes} MB on disk, {cost.memory_megabytes} MB of memory"
    )
