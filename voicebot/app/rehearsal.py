"""A talk by typing: the real engine and actions, a store that lasts as long as the talk, an invented patient."""

import asyncio
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from voicebot.app.clock import SystemClock
from voicebot.app.insight import Insight
from voicebot.app.talks import Talks
from voicebot.config import Settings, Trunk
from voicebot.dialog import catalog
from voicebot.dialog.scenario import Direction, Scenario
from voicebot.dialog.terminal import TerminalLine
from voicebot.errors import HungUp
from voicebot.outbound import campaigns, lines, queue, single
from voicebot.outbound.enrolment import enrol
from voicebot.outbound.policy import Policy
from voicebot.outbound.ports import DialEnd
from voicebot.outcomes import Outcome
from voicebot.speech.audio import Samples, silence
from voicebot.speech.phrasebook import Phrasebook
from voicebot.store import schema
from voicebot.store.database import Database
from voicebot.store.journal import Journal

_CALLER = "+79161234567"
_ANY_TIME = {"windows": {"mon-sun": "00:00-24:00"}, "holidays": "ignore"}
_PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """How to talk with one scenario in a terminal."""

    scenario: str  #: a name, or the path of a file
    settings: Settings
    read: Callable[[], Awaitable[str | None]]  #: the next typed line; None: gone
    tell: Callable[[str], None]  #: gets lines of Russian text
    given: Mapping[str, str]  #: columns of the patient's row; the others are invented
    operator_free: bool = True

    async def run(self) -> None:
        """Talk to the end, and tell what the talk achieved.

        Raises:
            ScenarioError, ListError: the scenario or the given columns cannot be used.
        """
        scenario = catalog.find(self.scenario)
        clock = SystemClock(self.settings.clinic.zone)
        with tempfile.TemporaryDirectory(prefix="voicebot-rehearsal-") as folder:
            url = f"sqlite:///{folder}/store.db"
            await asyncio.to_thread(schema.upgrade, url)
            database = Database(url, timeout=_PATIENCE, clock=clock.now)
            book = Phrasebook(_Unheard(), Path(folder), self.settings.speech)
            try:
                journal = Journal(Path(folder), "rehearsal")
                settings = self.settings.model_copy(update={"inbound_scenario": self.scenario})
                talks = Talks(settings=settings, database=database, clock=clock, phrasebook=book, journal=journal)
                await self._talk(talks, scenario)
            finally:
                book.close()
                await database.close()

    async def _talk(self, talks: Talks, scenario: Scenario) -> None:
        attempt_id = await self._dial(talks, scenario) if scenario.direction is Direction.OUTBOUND else None
        call_id = attempt_id or uuid.uuid4().hex
        insight = Insight(database=talks.database, scenario=scenario, clock=talks.clock, call_id=call_id)

        async def explain() -> None:
            for line in await insight.news():
                self.tell(f"    {line}")

        line = TerminalLine(
            self.read, self.tell, call_id=call_id, before_speaking=explain, operator_free=self.operator_free
        )
        try:
            if attempt_id:
                await talks.outbound(line, attempt_id)
            else:
                await talks.inbound(line, _CALLER, "")
        except HungUp:
            self.tell("[трубку положили]")
        await explain()
        if attempt_id:
            async with talks.database.write() as session:
                now = talks.clock.now()
                await queue.finish(session, attempt_id, DialEnd(outcome=Outcome.ANSWERED, ended_at=now))
        for told in await insight.ending():
            self.tell(told)

    async def _dial(self, talks: Talks, scenario: Scenario) -> str:
        """A campaign of one contact, and an open attempt to reach it."""
        row = single.row(scenario.list, self.given, clinic=self.settings.clinic, now=talks.clock.now())
        visit = f", приём {row.visit.starts_at:%d.%m.%Y %H:%M}" if row.visit else ""
        self.tell(f"[звонок: {row.person.surname} {row.person.name} {row.person.patronymic}{visit}]")
        attempt_id = uuid.uuid4().hex
        async with talks.database.write() as session:
            policy = Policy.model_validate(_ANY_TIME)
            campaign = await campaigns.create(session, "rehearsal", scenario=self.scenario, policy=policy)
            await session.run_sync(lambda sync: enrol(sync, campaign, [row]))
            await campaigns.start(session, campaign.name)
            at = talks.clock.now()
            trunk = Trunk(name="terminal")
            await lines.register(session, [trunk])
            await queue.claim(session, campaign, attempt_id=attempt_id, node="rehearsal", trunk=trunk, at=at)
        return attempt_id


class _Unheard:
    """A voice for a talk that nobody hears."""

    name = "none"

    def render(self, text: str) -> Samples:
        return silence(0)

    def close(self) -> None:
        """Nothing runs."""
