"""`voicebot bench dialogues`: how surely talks come to their right end, over the telephone."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

_ALL = "all"
_WRONG = 1  # exit code


def register(app: typer.Typer) -> None:
    app.command()(dialogues)


def dialogues(
    scenario: Annotated[str, typer.Option(help="Which conversation; all: every one of the cast.")] = _ALL,
    calls: Annotated[int, typer.Option(min=1, help="Talks for each scenario.")] = 20,
    lines: Annotated[int, typer.Option(min=1, help="Talks at once.")] = 4,
    seed: Annotated[int, typer.Option(help="Other names, voices, birth dates.")] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="So often, each with the next seed; added up after each.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what is said.")] = False,
    state_dir: Annotated[Path, typer.Option(help="Recordings, databases and logs go below this folder.")] = Path("var"),
) -> None:
    """Call virtual patients over real SIP, be called by them, and count how many talks end right (Wilson, 95 %).

    Ended right: the store holds the result, the visit and the tasks that the person wanted, and the times that it holds
    are those they were told. Those who do not do their part must end with a person, with a task for one, or with a
    goodbye. What was noted and not said is a wrong fact. The voices are ones that the embedded model was not trained
    on. Exit code 1 when a talk went wrong.

    Example: voicebot bench dialogues --scenario reminder --calls 40 --rounds 3
    """
    from voicebot.demo import crowd
    from voicebot.demo.dialogues import Success, measure

    found = []
    for name in crowd.known() if scenario == _ALL else [scenario]:
        tell = typer.echo if verbose else lambda _: None
        one: Success | None = None
        for number in range(seed, seed + rounds):
            held = asyncio.run(measure(name, calls=calls, lines=lines, state_dir=state_dir, seed=number, tell=tell))
            one = one + held if one else held
            if not as_json:
                for line in one.told():
                    typer.echo(line)
        found += [one] if one else []
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=1))
    raise typer.Exit(0 if all(one.is_right for one in found) else _WRONG)
