"""`voicebot asterisk …`: a private Asterisk without root."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.telephony.local import LocalAsterisk

app = typer.Typer(help="A private Asterisk on the loopback address, without root.", no_args_is_help=True)

_FOLDER = "asterisk"  # below the state directory
_Mirror = Annotated[str | None, typer.Option(help="Debian mirror; by default the one that this machine's apt uses.")]


@app.command()
def install(mirror: _Mirror = None) -> None:
    """Put Asterisk and the offline voice into a private prefix, where the machine has none of its own."""
    from voicebot.telephony.asterisk import install_asterisk

    found = install_asterisk(mirror=mirror)
    typer.echo(f"Asterisk {found.version}: {found.program.words[0]}")


@app.command()
def start(
    context: typer.Context,
    trunk: Annotated[str, typer.Option(help="HOST:PORT of the telephone network or PBX.")] = "127.0.0.1:5080",
) -> None:
    """Start it in the background, and write the settings that let a robot use it.

    Example: voicebot asterisk start && voicebot --config var/asterisk/voicebot.toml serve
    """
    from voicebot.app import sounds
    from voicebot.telephony.local import LocalAsterisk

    state: State = context.obj
    settings = state.settings()
    host, _, port = trunk.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{trunk!r} is not HOST:PORT", param_hint="--trunk")

    async def begin() -> LocalAsterisk:
        values = {"trunk_host": host, "trunk_port": int(port)}
        asterisk = LocalAsterisk(settings.state_dir / _FOLDER, values=values, sounds=await sounds.render(settings))
        return await asterisk.start(detached=True)

    asterisk = asyncio.run(begin())
    file = _write_settings(asterisk)
    typer.echo(f"Asterisk runs (process {asterisk.pid}); SIP on {asterisk.sip[0]}:{asterisk.sip[1]}.")
    typer.echo(f"Settings for the robot: {file}")


@app.command()
def stop(context: typer.Context) -> None:
    """Stop it; its calls end."""
    from voicebot.telephony.local import LocalAsterisk

    asyncio.run(LocalAsterisk(_run_dir(context)).stop())


@app.command()
def status(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False
) -> None:
    """Whether it runs; exit code 1 when it does not."""
    from voicebot.telephony.local import LocalAsterisk

    asterisk = LocalAsterisk(_run_dir(context))
    state = {"running": asterisk.running, "pid": asterisk.pid, "ari": asterisk.ari.url, "log": str(asterisk.log_file)}
    if as_json:
        typer.echo(json.dumps(state))
    else:
        typer.echo("\n".join(f"{name}: {value}" for name, value in state.items()))
    raise typer.Exit(0 if asterisk.running else 1)


@app.command()
def config(
    values: Annotated[Path, typer.Option(help="TOML file with your values; asterisk-conf/values.toml explains them.")],
    to: Annotated[Path, typer.Option(help="Folder to write, for example /etc/asterisk.")],
) -> None:
    """Write the configuration set for an Asterisk of your own.

    Example: voicebot asterisk config --values clinic.toml --to /etc/asterisk
    """
    from voicebot import resources
    from voicebot.telephony.render import write_set

    write_set((resources.asterisk_conf(), resources.dialplans()), values, to)
    typer.echo(f"Written to {to}; only their owner can read the files.")


def _run_dir(context: typer.Context) -> Path:
    state: State = context.obj
    return state.settings().state_dir / _FOLDER


def _write_settings(asterisk: "LocalAsterisk") -> Path:
    """The connection as a settings file that only its owner can read."""
    ari, ami = asterisk.ari, asterisk.ami
    file = asterisk.run_dir / "voicebot.toml"
    file.touch(mode=0o600)
    file.write_text(
        f'[ari]\nurl = "{ari.url}"\nuser = "{ari.user}"\npassword = "{ari.password.get_secret_value()}"\n'
        f'app = "{ari.app}"\ncel_file = "{ari.cel_file}"\n\n'
        f'[[ami]]\nname = "{ami.name}"\nport = {ami.port}\nuser = "{ami.user}"\n'
        f'secret = "{ami.secret.get_secret_value()}"\n',
        encoding="utf-8",
    )
    return file
