"""`voicebot campaign watch`: a campaign on the screen while it runs."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli.state import State

if TYPE_CHECKING:
    from rich.console import RenderableType

    from voicebot.config import Settings
    from voicebot.outbound.progress import Progress

_EVERY = 1.0  # seconds between looks
_PATIENCE = timedelta(seconds=30)


def register(app: typer.Typer) -> None:
    app.command()(watch)


def watch(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The campaign's name.")],
) -> None:
    """Show counts, calls under way and the last results until the campaign has ended; q or Ctrl-C leaves.

    Leaving changes nothing: the robot goes on calling. Without a terminal it waits, and prints the last state once.
    """
    state: State = context.obj
    asyncio.run(_watch(state.settings(), name))


async def _watch(settings: "Settings", name: str) -> None:
    from rich.live import Live

    from voicebot.app.clock import open_clock
    from voicebot.outbound import progress
    from voicebot.store import schema
    from voicebot.store.database import Database
    from voicebot.store.tables import CampaignState

    await asyncio.to_thread(schema.upgrade, settings.store.url)
    database, clock = Database(settings.store.url, timeout=_PATIENCE), open_clock(settings)
    try:
        with Live(auto_refresh=False) as live, _key_pressed("q") as left:
            while True:
                async with database.read() as session:
                    seen = await progress.look(session, name)
                live.update(_screen(seen, clock.now()), refresh=True)
                ended = seen.status.campaign.state in (CampaignState.STOPPED, CampaignState.FINISHED)
                if left.is_set() or (ended and not seen.calling):
                    return
                try:
                    async with asyncio.timeout(_EVERY):
                        await left.wait()
                except TimeoutError:
                    continue
    except asyncio.CancelledError:  # Ctrl-C is the ordinary way out, not an error
        return
    finally:
        await database.close()


@contextmanager
def _key_pressed(key: str) -> Iterator[asyncio.Event]:
    """An event that is set when the key is pressed; without a terminal it never is."""
    pressed = asyncio.Event()
    if not sys.stdin.isatty():
        yield pressed
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    loop = asyncio.get_running_loop()

    def read() -> None:
        if sys.stdin.read(1) == key:
            pressed.set()

    tty.setcbreak(sys.stdin)
    loop.add_reader(sys.stdin, read)
    try:
        yield pressed
    finally:
        loop.remove_reader(sys.stdin)
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _screen(seen: "Progress", now: datetime) -> "RenderableType":
    from rich.console import Group
    from rich.table import Table

    from voicebot.outbound import words

    status = seen.status
    head = f"{status.campaign.name}: {words.CAMPAIGNS[status.campaign.state]}, {words.left(status)}"
    lines = [head, *(f"{title}: {counts}" for title, counts in words.counts(status))]
    calling = Table("Сейчас", "Линия", "Секунд", "Ответов", title=f"Звонки: {len(seen.calling)}", title_justify="left")
    for call in seen.calling:
        calling.add_row(call.number, call.trunk, f"{(now - call.since).total_seconds():.0f}", str(call.turns))
    ended = Table("Последние", "Окончен", "Звонок", "Итог", title_justify="left")
    for one in seen.ended:
        achieved = ", ".join(words.RESULTS[result] for result in one.results) or "—"
        ended.add_row(
            one.number, f"{one.ended_at.astimezone(now.tzinfo):%H:%M:%S}", words.OUTCOMES[one.outcome], achieved
        )
    return Group(*lines, calling, ended)
