"""`voicebot doctor`: is this machine ready for calls?"""

import asyncio
import json
from typing import Annotated

import typer

from voicebot.cli.state import State


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False
) -> None:
    """Check Asterisk, speech, database, disk, clock and permissions; say what to mend.

    Exit code 0: calls work (warnings may be told); 1: something must be mended. Harmless while the robot works.

    Example: voicebot --config /etc/voicebot/voicebot.toml doctor
    """
    from dataclasses import asdict

    from voicebot.doctor.check import State as Health
    from voicebot.doctor.examination import examine

    state: State = context.obj
    checks = asyncio.run(examine(state.config))
    sound = all(check.state is not Health.FAIL for check in checks)
    if as_json:
        typer.echo(json.dumps({"ok": sound, "checks": [asdict(check) for check in checks]}, ensure_ascii=False))
    else:
        for check in checks:
            typer.echo(f"{check.state:<5} {check.name}: {check.what}")
            if check.mend:
                typer.echo(f"      → {check.mend}")
        counts = {health: sum(check.state is health for check in checks) for health in Health}
        typer.echo(", ".join(f"{count} {health}" for health, count in counts.items()))
    raise typer.Exit(0 if sound else 1)
