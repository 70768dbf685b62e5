"""`voicebot serve` and `voicebot guard`: the two processes of a robot."""

import asyncio
from typing import TYPE_CHECKING

import typer

from voicebot import logs
from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.config import Settings


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(guard)


def serve(context: typer.Context) -> None:
    """Take and make calls until stopped (SIGTERM or Ctrl-C: calls under way are finished first).

    Run `voicebot guard` beside it, as a service of its own.
    """
    from voicebot.app import service

    service.run(_settings(context))


def guard(context: typer.Context) -> None:
    """Watch the robot; when it dies, send its callers to the operators."""
    from voicebot.telephony.guard import run_guard

    asyncio.run(run_guard(_settings(context)))


def _settings(context: typer.Context) -> "Settings":
    state: State = context.obj
    settings = state.settings()
    logs.setup(settings.log_level)
    return settings
