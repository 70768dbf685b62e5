"""`voicebot scenario …`: what the robot can talk about; checked, and tried by typing."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli.data import pairs
from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.app.review import Review
    from voicebot.app.trial_report import Proof, Report
    from voicebot.errors import ScenarioError
    from voicebot.speech.recogniser import Model

app = typer.Typer(help="Scenarios: list, check, draw, try by typing, test by written talks.", no_args_is_help=True)
_Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]

_OTHERWISE = 1  # exit code of a simulated call
_FAULTY = 3  # exit code, the one of ScenarioError


@app.command(name="list")
def list_all(as_json: _Json = False) -> None:
    """The scenarios in campaigns/, outbound and inbound."""
    from rich.console import Console
    from rich.table import Table

    from voicebot.dialog import catalog

    found = [catalog.find(name) for name in catalog.names()]
    rows = [
        {"name": one.name, "direction": one.direction, "title": one.title, "steps": len(one.steps)} for one in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("name", "direction", "title", "steps")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console().print(table)


@app.command()
def check(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="By default all.")] = None,
    as_json: _Json = False,
) -> None:
    """Find what is wrong in scenarios before a patient does: each finding with file, line and mend.

    Warnings name words that the installed speech model cannot hear. Exit code 3 when there are faults.

    Example: voicebot scenario check campaigns/outbound/confirmation.yaml
    """
    from voicebot.app.review import review
    from voicebot.dialog import catalog

    model = _model(context)
    files = [catalog.file_of(name) for name in names or catalog.names()]
    reviews = [review(file, model) for file in files]
    faulty = any(one.faults for one in reviews)
    if as_json:
        typer.echo(json.dumps([_shown(one) for one in reviews], ensure_ascii=False))
    else:
        for one in reviews:
            for kind, findings in (("fault", one.faults), ("warning", one.warnings)):
                for finding in findings:
                    typer.echo(f"{kind}: {finding}")
            typer.echo(f"{one.file}: {len(one.faults)} faults, {len(one.warnings)} warnings")
    raise typer.Exit(_FAULTY if faulty else 0)


@app.command(name="try")
def rehearse(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of a scenario, or a .yaml file.")],
    data: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE of the patient's row; what is not given is invented.")
    ] = None,
    operator_busy: Annotated[bool, typer.Option("--operator-busy", help="Nobody takes a transferred call.")] = False,
    call: Annotated[bool, typer.Option("--call", help="A simulated telephone call instead of typing.")] = False,
    persona: Annotated[str, typer.Option(help="Who answers the simulated call, or makes it: docs/simulator.md.")] = "",
) -> None:
    """Talk with a scenario by typing, through the real engine; nothing is called and nothing is kept.

    You are the patient. Digits are keys, an empty line or <silence> is silence, <unknown> is speech that no word was
    recognised in, <hang up> or Ctrl-D ends the call. After each answer it shows what was understood.

    Examples:

      voicebot scenario try confirmation

      voicebot scenario try confirmation --data surname=Петров --data name=Иван --data time=15:40

      voicebot scenario try confirmation --call --persona changes_mind

    With --call a virtual patient talks in your place, over real SIP, through an Asterisk, a robot and a store of their
    own (below the state folder, with the recording). Exit code 1 when the call did not end as the persona says.
    """
    if call or persona:
        _try_by_call(context, name, persona, typed_only=bool(data or operator_busy))
        return
    from voicebot.app.rehearsal import Rehearsal
    from voicebot.cli.typing_in import typed_line

    state: State = context.obj
    rehearsal = Rehearsal(
        scenario=name,
        settings=state.settings(),
        read=lambda: typed_line("Вы: "),
        tell=typer.echo,
        given=pairs(data or []),
        operator_free=not operator_busy,
    )
    asyncio.run(rehearsal.run())


def _try_by_call(context: typer.Context, name: str, persona: str, *, typed_only: bool) -> None:
    from rich.console import Console

    from voicebot.demo import one_call, report

    if typed_only:
        raise typer.BadParameter("--data and --operator-busy are for typing", param_hint="--call")
    state: State = context.obj
    console = Console(highlight=False)
    folder = state.settings().state_dir
    ended = asyncio.run(one_call.call(name, persona_key=persona, state_dir=folder, tell=console.print))
    report.show(console, ended.verdicts, ended.folder)
    if ended.fault:
        console.print(f"Ошибка: {ended.fault}")
    raise typer.Exit(0 if ended.ok else _OTHERWISE)


@app.command()
def test(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="By default all.")] = None,
    only: Annotated[str, typer.Option("-k", help="Only talks whose name holds this.")] = "",
    coverage: Annotated[bool, typer.Option("--coverage", help="Name every way that no talk goes.")] = False,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Delete ways and swap answers: some talk must fail each time.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Hold the talks that stand beside a scenario (NAME.talk.yaml), each on a store of its own with a fixed clock.

    Exit code 3 when a talk ends otherwise than it says, or a mutant is not noticed.

    Examples:

      voicebot scenario test confirmation --coverage

      voicebot scenario test --mutate
    """
    from voicebot.app.trial_report import proofs, report
    from voicebot.dialog import catalog

    state: State = context.obj
    files = [catalog.file_of(name) for name in names or catalog.names()]
    reports = [asyncio.run(report(file, state.settings(), mutate=mutate, only=only)) for file in files]
    proved = [one for one in proofs(reports) if not names or any(one.name == report.name for report in reports)]
    if as_json:
        typer.echo(json.dumps({"talks": [_held(one) for one in reports], "files": [_proved(one) for one in proved]}))
    else:
        for one in reports:
            _tell_talks(one)
        for proof in proved:
            _tell_proof(proof, reports, coverage=coverage, mutate=mutate)
    bad = any(one.failed for one in reports) or any(one.survivors for one in proved)
    raise typer.Exit(_FAULTY if bad else 0)


@app.command()
def draw(
    name: Annotated[str, typer.Argument(help="Name of a scenario, or a .yaml file.")],
    out: Annotated[
        Path | None, typer.Option(help="FILE.svg or FILE.mmd; by default Mermaid on standard output.")
    ] = None,
) -> None:
    """Draw a scenario with its sub-dialogues: as Mermaid, or as a picture (SVG) for any browser.

    Example: voicebot scenario draw confirmation --out confirmation.svg
    """
    from voicebot.dialog import catalog, drawing, svg

    scenario = catalog.find(name)
    picture = svg.picture(scenario) if out and out.suffix == ".svg" else drawing.mermaid(scenario)
    if out is None:
        typer.echo(picture, nl=False)
    else:
        out.write_text(picture, encoding="utf-8")


@app.command()
def schema(
    of: Annotated[str, typer.Argument(help="scenario, shared (a sub-dialogue) or talk.")] = "scenario",
) -> None:
    """The JSON Schema of a scenario file, for editors that complete and check while one types.

    Example: voicebot scenario schema > scenario.schema.json
    """
    from pydantic import BaseModel

    from voicebot.dialog.scenario import Scenario, Shared
    from voicebot.dialog.talkfile import TalkFile

    models: dict[str, type[BaseModel]] = {"scenario": Scenario, "shared": Shared, "talk": TalkFile}
    if of not in models:
        raise typer.BadParameter(f"one of: {', '.join(models)}", param_hint="OF")
    typer.echo(json.dumps(models[of].model_json_schema(), ensure_ascii=False, indent=2))


def _tell_talks(one: "Report") -> None:
    for shown, faults in one.failed:
        for fault in faults:
            typer.echo(f"failed: {one.name}: {shown.case.talk}: {fault}")
    for first, second in one.alike:
        typer.echo(f"alike: {one.name}: {second!r} goes the same ways as {first!r}")
    typer.echo(f"{one.name}: {len(one.shown) - len(one.failed)} of {len(one.shown)} talks end as written")


def _tell_proof(one: "Proof", reports: "list[Report]", *, coverage: bool, mutate: bool) -> None:
    report = next(report for report in reports if one.name in report.sources.located)
    for edge in one.missed if coverage else ():
        typer.echo(f"not gone: {report.place(edge)}")
    for mutant in one.survivors:
        typer.echo(f"not noticed: {mutant.place}: {mutant.what}")
    gone = len(one.edges) - len(one.missed)
    told = f"{one.name}: {gone} of {len(one.edges)} ways gone ({gone / len(one.edges):.1%})"
    noticed = len(one.mutants) - len(one.survivors)
    typer.echo(told + (f", {noticed} of {len(one.mutants)} mutants noticed" if mutate else ""))


def _held(one: "Report") -> dict[str, Any]:
    return {
        "scenario": one.name,
        "talks": len(one.shown),
        "failed": {shown.case.talk: faults for shown, faults in one.failed},
        "alike": list(one.alike),
    }


def _proved(one: "Proof") -> dict[str, Any]:
    return {
        "name": one.name,
        "edges": len(one.edges),
        "not_gone": [str(edge) for edge in one.missed],
        "mutants": len(one.mutants),
        "not_noticed": [f"{mutant.place}: {mutant.what}" for mutant in one.survivors],
    }


def _model(context: typer.Context) -> "Model | None":
    """The speech model whose words are checked; without one only the files are."""
    from voicebot.errors import ModelMissing
    from voicebot.speech.recogniser import Model

    state: State = context.obj
    try:
        return Model.named(state.settings().speech.model)
    except ModelMissing as error:
        typer.echo(f"words are not checked: {error}", err=True)
        return None


def _shown(one: "Review") -> dict[str, object]:
    def told(findings: "tuple[ScenarioError, ...]") -> list[dict[str, str]]:
        return [{"place": error.place, "what": error.what, "mend": error.mend} for error in findings]

    return {"file": str(Path(one.file)), "faults": told(one.faults), "warnings": told(one.warnings)}
