"""The demonstration: a list is loaded, people are called, and the city says whether it went right."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from voicebot.demo import cast
from voicebot.demo.cast import HOTLINE, Member
from voicebot.demo.clinic import furnish
from voicebot.demo.live import Live
from voicebot.demo.sabotage import Sabotage
from voicebot.demo.stage import LIST, Stage, stage
from voicebot.demo.verdict import Verdict, judge
from voicebot.dialog import catalog
from voicebot.errors import VoicebotError
from voicebot.outbound import campaigns, lists
from voicebot.outbound.holidays import HolidayRule
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome
from voicebot.store.tables import Attempt, AttemptContact, Contact, ContactState

SCENARIO = "confirmation"
LINES = 6
_LIMIT = 420.0  # seconds for all calls
#: Who is to rest longer than this after a call is left for "the afternoon".
_PATIENCE = timedelta(minutes=70)
#: The clinic's own rules, but that the city never rests, nobody waits for the afternoon, and a day's cap would end the
#: demonstration too soon.
_POLICY = Policy(
    windows={"mon-sun": "00:00-24:00"},
    holidays=HolidayRule.IGNORE,
    another_part_of_day=False,
    max_attempts=2,
    max_unfinished=0,
    pauses={Outcome.NO_ANSWER: timedelta(minutes=30)},
    lines=LINES,
    calls_per_second=2,
)


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
    seed: int = 0,
    sabotage: Sabotage | None = None,
    people: Sequence[Member] | None = None,
) -> Ended:
    """Call the cast, or only these `people` of it; `tell` gets the transcript line by line.

    Another `seed` gives another order and other voices.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    people = cast.shuffled(people or cast.load(), seed)
    folder = await asyncio.to_thread(_new_folder, state_dir)
    async with stage(folder, people, lines=LINES, seed=seed, sabotage=sabotage) as on:
        fault = await _call_all(on, people, tell, seed)
        await on.city.quiet()
        verdicts = await judge(on.database, people, on.city.witnesses())
    return Ended(verdicts=verdicts, folder=folder, fault=fault)


def _new_folder(state_dir: Path) -> Path:
    folder = state_dir.absolute() / "demo" / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, mode=0o700)
    return folder


async def _call_all(on: Stage, people: Sequence[Member], tell: Callable[[str], None], seed: int) -> str:
    """Load, start, wait for the end; gives what went wrong, empty when nothing did."""
    name = f"демонстрация {on.folder.name}"
    await load(on, name)
    await furnish(on.database, people, on.today, on.settings.clinic.zone)
    live = Live(on.database, {m.number: m.patient.full_name for m in people}, tell, on.settings.clinic.zone)
    watching = asyncio.create_task(live.watch())
    callers = asyncio.gather(*(on.city.call(one, HOTLINE) for one in cast.callers(people, on.today, seed)))
    try:
        async with asyncio.timeout(_LIMIT):
            while not (callers.done() and await _is_over(on)):
                if on.robot.returncode is not None:
                    return f"the robot ended with code {on.robot.returncode}, see {on.folder / 'robot.log'}"
                await asyncio.sleep(0.3)
    except TimeoutError:
        return f"not at its end after {_LIMIT:.0f} s"
    finally:
        callers.cancel()
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
        on.folder / LIST,
        scenario.list,
        clinic=on.settings.clinic,
    )
    if loaded.rejected:
        raise VoicebotError(f"the demonstration's own list has bad rows: {loaded.rejected[0]}")
    async with on.database.write() as session:
        await campaigns.start(session, name)


async def _is_over(on: Stage) -> bool:
    """Nobody is being called, and nobody will be soon."""
    last_call = (
        select(func.max(Attempt.ended_at))
        .join(AttemptContact, AttemptContact.attempt_id == Attempt.id)
        .where(AttemptContact.contact_id == Contact.id)
        .scalar_subquery()
    )
    left = select(Contact.state, Contact.due_at, last_call.label("last_call")).where(
        Contact.state.in_((ContactState.WAITING, ContactState.CALLING))
    )
    async with on.database.read() as session:
        return not any(
            one.state is ContactState.CALLING or one.last_call is None or one.due_at - one.last_call < _PATIENCE
            for one in await session.execute(left)
        )
