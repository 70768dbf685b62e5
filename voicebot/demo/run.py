"""The demonstration: a list is loaded, people are called, and the city says whether it went right."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from voicebot.demo import cast
from voicebot.demo.cast import Member
from voicebot.demo.live import Live
from voicebot.demo.sabotage import Sabotage
from voicebot.demo.stage import Stage, stage
from voicebot.demo.verdict import Verdict, judge
from voicebot.dialog import catalog
from voicebot.errors import VoicebotError
from voicebot.outbound import campaigns, lists
from voicebot.outbound.policy import Policy
from voicebot.store.tables import CampaignState

SCENARIO = "confirmation"
_LIMIT = 240.0  # seconds for all calls
#: The city never sleeps, and one try is enough to see how a call ends.
_POLICY = Policy(windows={"mon-sun": "00:00-24:00"}, max_attempts=1, max_unfinished=0, lines=2, calls_per_second=2)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a demonstration showed."""

    verdicts: Sequence[Verdict]
    folder: Path
    fault: str = ""  #: it did not come to its end

    @property
    def ok(self) -> bool:
        """Everybody ended as their persona says, and heard what is true."""
        return not self.fault and all(not verdict.faults for verdict in self.verdicts)


async def run(
    state_dir: Path,
    *,
    tell: Callable[[str], None],
    sabotage: Sabotage | None = None,
    people: Sequence[Member] | None = None,
) -> Ended:
    """Call the cast, or only these `people` of it; `tell` gets the transcript line by line.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    people, today = people or cast.load(), datetime.now().astimezone().date()
    folder = await asyncio.to_thread(_new_folder, state_dir)
    cast.write_list(people, today, folder / "list.csv")
    async with stage(folder, people, today=today, lines=_POLICY.lines, sabotage=sabotage) as on:
        fault = await _call_all(on, people, tell)
        await on.city.quiet()
        verdicts = await judge(on.database, people, on.city.witnesses())
    return Ended(verdicts=verdicts, folder=folder, fault=fault)


def _new_folder(state_dir: Path) -> Path:
    folder = state_dir.absolute() / "demo" / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True)
    return folder


async def _call_all(on: Stage, people: Sequence[Member], tell: Callable[[str], None]) -> str:
    """Load, start, wait for the end; gives what went wrong, empty when nothing did."""
    name = f"демонстрация {on.folder.name}"
    await load(on, name)
    live = Live(on.database, {m.number: m.patient.full_name for m in people}, tell, datetime.now(UTC))
    watching = asyncio.create_task(live.watch())
    try:
        async with asyncio.timeout(_LIMIT):
            while not await _is_over(on, name):
                if on.robot.returncode is not None:
                    return f"the robot ended with code {on.robot.returncode}, see {on.folder / 'robot.log'}"
                await asyncio.sleep(0.3)
    except TimeoutError:
        return f"not at its end after {_LIMIT:.0f} s"
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        await live.look()
    return ""


async def load(on: Stage, name: str) -> None:
    """Load the list that lies in the stage's folder, and start calling."""
    scenario = catalog.find(SCENARIO)
    async with on.database.write() as session:
        await campaigns.create(session, name, scenario=SCENARIO, policy=_POLICY)
    loaded = await asyncio.to_thread(
        lists.load,
        on.database,
        name,
        on.folder / "list.csv",
        scenario.list,
        clinic=on.settings.clinic,
    )
    if loaded.rejected:
        raise VoicebotError(f"the demonstration's own list has bad rows: {loaded.rejected[0]}")
    async with on.database.write() as session:
        await campaigns.start(session, name)


async def _is_over(on: Stage, name: str) -> bool:
    async with on.database.read() as session:
        return (await campaigns.find(session, name)).state is CampaignState.FINISHED
