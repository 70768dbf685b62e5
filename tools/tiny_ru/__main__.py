"""`python -m tools.tiny_ru WORKDIR`: a model like models/tiny-ru, from Debian's packages alone."""

from pathlib import Path
from typing import Annotated

import typer

from tools.tiny_ru.graph import MODEL, words
from tools.tiny_ru.steps import Recipe, make
from voicebot import debian

_PACKAGES = ("espeak-ng", "festival", "festvox-ru")


def main(
    work: Annotated[Path, typer.Argument(help="A folder for everything between the steps, and for the model.")],
    steps: Annotated[
        int, typer.Option(help="Of training; in each, every process takes a minute of speech.")
    ] = Recipe.steps,
    falls: Annotated[
        int, typer.Option(min=1, help="The rate falls to nothing so often; the mean of all ends is the model.")
    ] = Recipe.falls,
    rounds: Annotated[int, typer.Option(min=1, help="All speech goes through telephones so often.")] = Recipe.rounds,
    start: Annotated[Path | None, typer.Option(help="Go on from the network of this model's folder.")] = None,
    seed: Annotated[int, typer.Option(help="Other texts, voices and lines.")] = Recipe.seed,
    processes: Annotated[int, typer.Option(min=1, help="At once.")] = Recipe.processes,
) -> None:
    """Texts, synthesis, telephones, features, training, export, graph: two hours on two cores, or where it stopped.

    The model lies in WORKDIR/model. `voicebot bench speech --model WORKDIR/model` judges it.
    """
    prefix = debian.install(_PACKAGES, work / "packages")
    recipe = Recipe(
        work=work,
        prefix=prefix,
        rounds=rounds,
        steps=steps,
        falls=falls,
        start=start,
        seed=seed,
        processes=processes,
    )
    make(recipe, words(), MODEL, typer.echo)


if __name__ == "__main__":
    typer.run(main)
