"""The `voicebot` command: one typer application, errors as one line with the mend."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from voicebot import __version__, logs
from voicebot.cli import (
    asterisk,
    bench,
    call,
    campaign,
    campaign_list,
    campaign_plan,
    campaign_report,
    campaign_simulate,
    campaign_source,
    campaign_watch,
    case,
    consent,
    db,
    demo,
    dnc,
    doctor,
    models,
    patient,
    policy,
    report,
    say,
    scenario,
    schedule,
    serve,
    task,
    transcribe,
    understand,
    visit,
    waitlist,
)
from voicebot.cli.state import State
from voicebot.errors import VoicebotError

app = typer.Typer(
    name="voicebot",
    help="A telephony voice robot on Asterisk for Russian clinics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(asterisk.app, name="asterisk")
for command in (campaign_list, campaign_source, campaign_plan, campaign_watch, campaign_report, campaign_simulate):
    command.register(campaign.app)
app.add_typer(campaign.app, name="campaign")
visit.register(schedule.app)
app.add_typer(models.app, name="models")
for group, name in (
    (schedule.app, "schedule"),
    (patient.app, "patient"),
    (consent.app, "consent"),
    (dnc.app, "dnc"),
    (waitlist.app, "waitlist"),
    (case.app, "case"),
    (policy.app, "policy"),
    (task.app, "task"),
    (db.app, "db"),
):
    app.add_typer(group, name=name)
app.add_typer(scenario.app, name="scenario")
app.add_typer(bench.app, name="bench")
for command in (serve, doctor, demo, call, report, understand, say, transcribe):
    command.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings file (TOML).", envvar="VOICEBOT_CONFIG")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log everything to standard error.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
) -> None:
    context.obj = State(config=config)
    logs.setup("DEBUG" if verbose else "WARNING")


def main() -> None:
    """Run; an error that the user can mend is one line, and the exit code tells its kind."""
    try:
        app()
    except VoicebotError as error:
        _leave(error)
    except ExceptionGroup as group:  # parts that run side by side end together
        mendable, others = group.split(VoicebotError)
        if mendable is None or others is not None:
            raise
        _leave(_first(mendable))


def _leave(error: VoicebotError) -> NoReturn:
    typer.echo(f"voicebot: {error}", err=True)
    sys.exit(error.exit_code)


def _first(group: ExceptionGroup[VoicebotError]) -> VoicebotError:
    one = group.exceptions[0]
    return _first(one) if isinstance(one, ExceptionGroup) else one
