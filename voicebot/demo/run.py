"""The demonstration: a list is loaded, people are called, and the city says whether it went right."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from voicebot.demo import cast, telephones
from voicebot.demo.cast import Member
from voicebot.demo.clinic import furnish
from voicebot.demo.live import Live
from voicebot.demo.sabotage import Sabotage
from voicebot.demo.stage import Stage, stage
from voicebot.demo.verdict import Verdict, judge
from voicebot.dialog import catalog
from voicebot.errors import VoicebotError
from voicebot.outbound import campaigns, filling, lists
from voicebot.outbound.holidays import HolidayRule
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Outcome
from voicebot.simulator.subscriber import Subscriber
from voicebot.store.tables import Attempt, AttemptContact, Call, Contact, ContactState

LINES = 6
_CALLERS = 3  # at once: people phone while others are called
_LIMIT = 420.0  # seconds for all calls
_PATIENCE = timedelta(minutes=70)  # who is to rest longer after a call is left for "the afternoon"
#: The clinic's own rules, but that the city never rests, nobody waits for the afternoon, and a day's cap would end the
#: demonstration too soon.
POLICY = Policy(
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
    folder = await asyncio.to_thread(new_folder, state_dir)
    async with stage(folder, people, lines=LINES, seed=seed, sabotage=sabotage) as on:
        await load(on, people, POLICY)
        fault = await call_all(on, people, tell, seed, lines=_CALLERS, patience=_PATIENCE, within=_LIMIT)
        await on.city.quiet()
        verdicts = await judge(on.database, people, on.city.witnesses(), on.settings.clinic.zone)
    return Ended(verdicts=verdicts, folder=folder, fault=fault)


def new_folder(state_dir: Path, what: str = "demo") -> Path:
    """One that is named by the time."""
    folder = state_dir.absolute() / what / f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True, mode=0o700)
    return folder


async def call_all(
    on: Stage,
    people: Sequence[Member],
    tell: Callable[[str], None],
    seed: int,
    *,
    lines: int,
    patience: timedelta,
    within: float,
) -> str:
    """Wait until everybody has been called, and has called; gives what went wrong, empty when nothing did.

    Args:
        lines: so many phone the robot at once.
        patience: who is to rest longer than this after a call is left alone.
        within: seconds for all.
    """
    live = Live(on.database, {m.number: m.patient.full_name for m in people}, tell, on.settings.clinic.zone)
    watching = asyncio.create_task(live.watch())
    calling = asyncio.create_task(_phone(on, people, seed, lines))
    try:
        async with asyncio.timeout(within):
            while not (calling.done() and await _is_over(on, patience)):
                if on.robot.returncode is not None:
                    return f"the robot ended with code {on.robot.returncode}, see {on.folder / 'robot.log'}"
                await asyncio.sleep(0.3)
        await calling
    except TimeoutError:
        return f"not at its end after {within:.0f} s"
    finally:
        calling.cancel()
        live.over.set()
        await watching
        await live.look()
    return ""


async def _phone(on: Stage, people: Sequence[Member], seed: int, lines: int) -> None:
    """Those who phone the robot do it, a few at once."""
    gate = asyncio.Semaphore(lines)

    async def call(member: Member, one: Subscriber) -> None:
        async with gate:
            await on.city.call(one, cast.line_in(member.scenario))

    async with asyncio.TaskGroup() as calls:
        for member, one in telephones.callers(people, on.today, seed):
            calls.create_task(call(member, one))


async def load(on: Stage, people: Sequence[Member], policy: Policy) -> None:
    """Load the lists that lie in the stage's folder and what else the clinic knows, and start calling."""
    names = []
    for name in cast.scenarios(people, calls=False):
        names.append(f"{catalog.find(name).title}, {on.folder.name}")
        async with on.database.write() as session:
            await campaigns.create(session, names[-1], scenario=name, policy=policy, source=cast.SOURCES.get(name))
        if name not in cast.SOURCES:
            await _load_list(on, names[-1], name)
    await furnish(on.database, people, on.today, on.settings.clinic.zone)
    async with on.database.write() as session:
        for name in names:
            await campaigns.start(session, name)
    # The robot would ask the sources soon; until then everybody would seem to have been called.
    await filling.keep_filled(on.database, on.settings.clinic)


async def _load_list(on: Stage, campaign: str, scenario: str) -> None:
    file, spec = cast.list_of(on.folder, scenario), catalog.find(scenario).list
    loaded = await asyncio.to_thread(lists.load, on.database, campaign, file, spec, clinic=on.settings.clinic)
    if loaded.rejected:
        raise VoicebotError(f"the demonstration's own list has bad rows: {loaded.rejected[0]}")


async def _is_over(on: Stage, patience: timedelta) -> bool:
    """No talk is going on, nobody is being called, and nobody will be soon."""
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
        if await session.scalar(select(Call.id).where(Call.ended_at.is_(None)).limit(1)):
            return False
        return not any(
            one.state is ContactState.CALLING or one.last_call is None or one.due_at - one.last_call < patience
            for one in await session.execute(left)
        )
