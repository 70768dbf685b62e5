"""`voicebot db …`: care of the store."""

import time
from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli import store

app = typer.Typer(help="Care of the store: upgrade, check, backup, restore, purge.", no_args_is_help=True)
_WRONG = 1  # exit code of `check`


@app.command()
def upgrade(context: typer.Context) -> None:
    """Bring the tables to what this program needs (`voicebot serve` does it too)."""
    from voicebot.store import schema

    schema.upgrade(store.settings(context).store.url)
    typer.echo(schema.newest())


@app.command()
def check(context: typer.Context) -> None:
    """Look for damage and for what must never be; a line for each. Exit code 1 when something is wrong."""
    from voicebot.store import maintenance

    found = maintenance.check(store.settings(context).store.url)
    for problem in found:
        typer.echo(problem, err=True)
    if found:
        raise typer.Exit(_WRONG)
    typer.echo("ok")


@app.command()
def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Write a consistent copy while the robot works; PostgreSQL needs pg_dump.

    Example: voicebot db backup /srv/backup/voicebot-$(date +%F).db
    """
    from voicebot.store import maintenance

    maintenance.backup(store.settings(context).store.url, file)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `db backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup in the store's place; what came after it is lost. Stop every robot first."""
    from voicebot.errors import StoreError
    from voicebot.store import maintenance

    known = store.settings(context)
    beat = known.heartbeat_file
    if beat.is_file() and time.time() - beat.stat().st_mtime < known.guard.timeout.total_seconds():
        raise StoreError("a robot is running on this store", place=known.node, mend="Stop `voicebot serve` first.")
    if not yes:
        typer.confirm("Заменить базу этой копией?", abort=True)
    maintenance.restore(known.store.url, file)


@app.command()
def purge(context: typer.Context) -> None:
    """Erase what is older than `[retention]` and `[recording] retention` allow. Run it every night.

    Example (crontab): 30 3 * * *  voicebot db purge
    """
    from voicebot.store import retention

    known = store.settings(context)
    purged = retention.purge(
        store.open_database(context),
        known.retention,
        recordings=known.recordings_dir,
        sound=known.recording.retention,
    )
    for kind, rows in purged.rows.items():
        typer.echo(f"{kind}: {rows}")
    typer.echo(f"recordings: {purged.files}")
