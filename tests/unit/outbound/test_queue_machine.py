"""Whatever happens, in whatever order: robots die between any two commits, clocks jump, people do as they like.

The telephones keep their own log; the independent checker reads it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from queue_world import open_call
from sqlalchemy import func, select

from voicebot.bench.checker import Listed, Record, Talk, check
from voicebot.bench.checker_rules import Rules
from voicebot.bench.postgresql import Server
from voicebot.config import Trunk
from voicebot.errors import CampaignError
from voicebot.outbound import campaigns, lines, queue, recovery, upkeep
from voicebot.outbound.campaigns import CampaignView
from voicebot.outbound.lines import Hold
from voicebot.outbound.policy import Policy, Priority
from voicebot.outbound.ports import DialEnd
from voicebot.outbound.queue import Claim
from voicebot.outbound.recovery import OpenAttempt
from voicebot.outcomes import Outcome, Result
from voicebot.store import numbers, results
from voicebot.store.database import Database
from voicebot.store.tables import Contact, ContactNumber, ContactState, Line, Number, Patient

T = TypeVar("T")

#: A Friday: on Sunday clocks go back in Berlin, a week later in New York; the Wednesday after that is a holiday.
START = datetime(2026, 10, 23, 8, 0, tzinfo=UTC)
ZONES = ("Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kamchatka", "Asia/Kolkata")
NODES = ("n1", "n2")
TRUNK = Trunk(name="t", lines=3, calls_per_second=1000)
POLICIES = {
    "careful": Policy(lines=3, calls_per_second=1000),
    "eager": Policy.model_validate(
        {
            "windows": {"mon-sat": "08:00-21:00"},
            "holidays": "as_sunday",
            "max_attempts": 3,
            "max_unfinished": 1,
            "pauses": {"busy": "5m", "not_dialled": "0s", "lost": "30m"},
            "per_day": 3,
            "per_week": 5,
            "lines": 2,
            "calls_per_second": 1000,
        }
    ),
}
BOOK = [(f"+7916000000{no}", ZONES[no % len(ZONES)]) for no in range(7)]
#: Patients of each campaign: their numbers, by place in the telephone book; the third one's visit is near.
PEOPLE = {
    "careful": ((0,), (1, 2), (0,), (3,), (4, 0)),
    "eager": ((0,), (2, 1), (5,), (3, 4), (6,)),
}
UNANSWERED = [one for one in Outcome if one not in (Outcome.ANSWERED, Outcome.BLOCKED, Outcome.NOT_DIALLED)]
SAID = [
    *(Result.CONFIRMED, Result.HUNG_UP, Result.CALLBACK_REQUESTED, Result.REFUSED, Result.WRONG_PERSON, None),
]


@dataclass
class Phone:
    """One call, as the called telephone knows it."""

    claim: Claim
    campaign: str
    node: str
    at: datetime | None = None  #: of the INVITE
    answered: bool = False
    talks: tuple[Talk, ...] = ()
    stopped: bool = False


@dataclass(eq=False)
class Story(RuleBasedStateMachine):
    """Two robots, two campaigns, a few people."""

    url: str = ""
    phones: dict[str, Phone] = field(default_factory=dict)
    log: list[Record] = field(default_factory=list)
    moment: datetime = START

    def __post_init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.ids = count()
        self.database = Database(self.url, timeout=timedelta(seconds=60), clock=lambda: self.moment)
        self.upkeep = upkeep.Upkeep()
        self.stopped: set[str] = set()
        self.listed: list[Listed] = []

    def now(self) -> datetime:
        return self.moment

    # What the robots do

    @initialize()
    def begin(self) -> None:
        self.write(self._fill)

    @rule(name=st.sampled_from(sorted(POLICIES)), node=st.sampled_from(NODES), dials=st.booleans())
    def claim(self, name: str, node: str, dials: bool) -> None:
        """`dials` is false: the robot will die before it does."""
        phone = self._claim(name, node)
        if phone is not None and dials:
            phone.at = self.moment

    @precondition(lambda self: self.ringing())
    @rule(data=st.data(), outcome=st.sampled_from(UNANSWERED), lasts=st.integers(1, 40))
    def nobody_answers(self, data: st.DataObject, outcome: Outcome, lasts: int) -> None:
        phone = data.draw(st.sampled_from(self.ringing()))
        self.moment += timedelta(seconds=lasts)
        self._end(phone, outcome)

    @precondition(lambda self: self.ringing())
    @rule(data=st.data())
    def somebody_answers(self, data: st.DataObject) -> None:
        phone = data.draw(st.sampled_from(self.ringing()))
        phone.answered = True
        self.write(lambda session: open_call(session, phone.claim.attempt_id, phone.claim.number, self.moment))

    @precondition(lambda self: self.talking())
    @rule(data=st.data(), said=st.sampled_from(SAID), back=st.integers(5, 3000), stops=st.booleans())
    def something_is_said(self, data: st.DataObject, said: Result | None, back: int, stops: bool) -> None:
        phone = data.draw(st.sampled_from(self.talking()))
        self.moment += timedelta(seconds=30)
        at = self.moment + timedelta(minutes=back) if said is Result.CALLBACK_REQUESTED else None
        phone.talks = tuple(
            Talk(contact=key, result=said and said.value, callback_at=at) for key in phone.claim.contacts
        )
        phone.stopped = stops and said is Result.REFUSED
        self.write(lambda session: self._record(session, phone, said, at))

    @precondition(lambda self: self.talking())
    @rule(data=st.data())
    def a_talk_ends(self, data: st.DataObject) -> None:
        phone = data.draw(st.sampled_from(self.talking()))
        self.moment += timedelta(seconds=5)
        self._end(phone, Outcome.ANSWERED)

    # What goes wrong

    @rule(node=st.sampled_from(NODES), proven=st.booleans(), gone=st.sampled_from([0, 5, 200, 4000]))
    def a_robot_dies(self, node: str, proven: bool, gone: int) -> None:
        """It comes back, or the other one takes over; what its calls were is proven by Asterisk, or not."""
        died = [phone for phone in self.phones.values() if phone.node == node]
        truth: dict[str, Outcome | None] = {}
        for phone in died:
            seen = Outcome.NO_ANSWER if phone.at else Outcome.NOT_DIALLED
            truth[phone.claim.attempt_id] = seen if proven else None
            known = Outcome.ANSWERED if phone.answered else seen if proven else Outcome.LOST
            self._hang_up(phone, known)
        self.moment += timedelta(seconds=gone)
        self.do(recovery.recover(self.database, self, node=node, evidence=_evidence(truth)))

    @rule(node=st.sampled_from(NODES))
    def a_robot_does_not_come_back(self, node: str) -> None:
        for phone in [phone for phone in self.phones.values() if phone.node == node]:
            self._hang_up(phone, Outcome.ANSWERED if phone.answered else Outcome.LOST)
        alive = list(self.phones)
        self.moment += queue.LEASE / 2
        self.write(lambda session: recovery.extend(session, alive, self.moment + queue.LEASE))
        self.do(recovery.take_over(self.database, self, recovery.nothing_proven, but=alive))
        self.moment += queue.LEASE * 0.75
        self.do(recovery.take_over(self.database, self, recovery.nothing_proven, but=()))

    @rule(minutes=st.one_of(st.integers(1, 180), st.integers(180, 4000)))
    def time_goes_by(self, minutes: int) -> None:
        self.moment += timedelta(minutes=minutes)

    @precondition(lambda self: not self.phones)
    @rule(minutes=st.integers(1, 90))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.moment -= timedelta(minutes=minutes)

    # What people at the clinic do

    @rule(name=st.sampled_from(sorted(POLICIES)), change=st.sampled_from(["pause", "start", "tidy", "clear", "stop"]))
    def somebody_interferes(self, name: str, change: str) -> None:
        with suppress(CampaignError):
            self.write(lambda session: self._change(session, name, change))
            if change == "stop":
                self.stopped.add(name)

    @rule(name=st.sampled_from(sorted(POLICIES)), wanted=st.integers(1, 4))
    def a_campaign_is_resized(self, name: str, wanted: int) -> None:
        self.write(lambda session: campaigns.resize(session, name, lines=wanted))

    # How it ends

    def teardown(self) -> None:
        try:
            if self.listed:
                self._drain()
                self._judge()
        finally:
            self.do(self.database.close())
            self.loop.close()

    def _drain(self) -> None:
        """Everybody recovers, goes on, and hears a yes; then nobody is left."""
        for node in NODES:
            self.a_robot_dies(node, True, 0)
        for name in POLICIES.keys() - self.stopped:
            with suppress(CampaignError):
                self.write(lambda session, name=name: campaigns.start(session, name))
        for _ in range(500):
            if (soonest := self.read(self._soonest)) is None:
                return
            self.moment = max(self.moment + timedelta(hours=1), soonest)
            for name in POLICIES:
                while phone := self._claim(name, "n1"):
                    phone.at, phone.answered = self.moment, True
                    phone.talks = tuple(Talk(contact=key, result="confirmed") for key in phone.claim.contacts)
                    self.write(lambda session, phone=phone: self._answer(session, phone))
                    self._end(phone, Outcome.ANSWERED)
        raise AssertionError("somebody waits for ever")

    def _judge(self) -> None:
        rules = {name: Rules.read(policy.model_dump(mode="json")) for name, policy in POLICIES.items()}
        # The checker knows one zone of a person, and takes a number's from whoever is listed last.
        book = [Listed(id=e164, campaign="careful", numbers=(e164,), zone=zone) for e164, zone in BOOK]
        found = check(self.log, [*self.listed, *book], rules, until=self.moment)
        kept = [one for one in self.listed if one.campaign not in self.stopped]
        left = check(self.log, kept, rules)
        assert (found.double_dials, found.caps, found.windows, left.forgotten) == (0, 0, 0, 0), (
            found.examples + left.examples
        )
        taken = self.read(lambda session: session.scalar(select(func.count(Line.attempt_id))))
        assert taken == 0, "a line is stuck"

    # How it is done

    def do(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(_waited(work))

    def read(self, look: Callable[[Any], Awaitable[T]]) -> T:
        async def reading() -> T:
            async with self.database.read() as session:
                return await look(session)

        return self.do(reading())

    def write(self, change: Callable[[Any], Awaitable[T]]) -> T:
        async def writing() -> T:
            async with self.database.write() as session:
                return await change(session)

        return self.do(writing())

    def ringing(self) -> list[Phone]:
        return [phone for phone in self.phones.values() if phone.at and not phone.answered]

    def talking(self) -> list[Phone]:
        return [phone for phone in self.phones.values() if phone.answered]

    def _claim(self, name: str, node: str) -> Phone | None:
        async def claim(session: Any) -> Claim | lines.Idle:
            campaign = await campaigns.find(session, name)
            key = f"a{next(self.ids)}"
            return await queue.claim(session, campaign, attempt_id=key, node=node, trunk=TRUNK, at=self.moment)

        self.moment += timedelta(milliseconds=5)
        while not isinstance(claimed := self.write(claim), Claim):
            if claimed.why is not Hold.HEAD:
                return None
            with suppress(CampaignError):
                self.write(lambda session: self._change(session, name, "clear"))
        assert claimed.number not in {phone.claim.number for phone in self.phones.values()}, "it is being called"
        self.phones[claimed.attempt_id] = Phone(claim=claimed, campaign=name, node=node)
        return self.phones[claimed.attempt_id]

    def _end(self, phone: Phone, outcome: Outcome) -> None:
        self._hang_up(phone, outcome)
        end = DialEnd(outcome=outcome, ended_at=self.moment)

        async def finish(session: Any) -> bool:
            truth = await recovery.truthful_end(session, phone.claim.attempt_id, end)
            return await queue.finish(session, phone.claim.attempt_id, truth)

        assert self.write(finish)

    def _hang_up(self, phone: Phone, outcome: Outcome) -> None:
        del self.phones[phone.claim.attempt_id]
        if phone.at is None:
            return
        self.log.append(
            Record(
                number=phone.claim.number,
                campaign=phone.campaign,
                at=phone.at,
                ended_at=self.moment,
                outcome=outcome.value,
                node=phone.node,
                contacts=phone.claim.contacts,
                talks=phone.talks,
                stopped=phone.stopped,
            )
        )

    async def _answer(self, session: Any, phone: Phone) -> None:
        await open_call(session, phone.claim.attempt_id, phone.claim.number, self.moment)
        await self._record(session, phone, Result.CONFIRMED, None)

    async def _record(self, session: Any, phone: Phone, said: Result | None, back: datetime | None) -> None:
        for contact in phone.claim.contacts if said is not None else ():
            about = {"call_id": phone.claim.attempt_id, "attempt_id": phone.claim.attempt_id, "detail": {}}
            await results.record(session, contact_id=contact, result=said, callback_at=back, **about)
        if phone.stopped:
            await numbers.do_not_call(session, phone.claim.number, by=f"call:{phone.claim.attempt_id}")

    async def _change(self, session: Any, name: str, change: str) -> None:
        if change in ("tidy", "clear"):
            campaign = await campaigns.find(session, name)
            work = self.upkeep.tidy if change == "tidy" else upkeep.clear_head
            await work(session, campaign, self.moment)
        else:
            await getattr(campaigns, change)(session, name)

    async def _soonest(self, session: Any) -> datetime | None:
        open_ones = Contact.state.in_((ContactState.WAITING, ContactState.CALLING))
        due: datetime | None = await session.scalar(select(func.min(Contact.due_at)).where(open_ones))
        return due

    async def _fill(self, session: Any) -> None:
        await lines.register(session, [TRUNK])
        book = [Number(e164=e164, zone=zone) for e164, zone in BOOK]
        session.add_all(book)
        await session.flush()
        for name, policy in POLICIES.items():
            campaign = await campaigns.create(session, name, scenario="s", policy=policy)
            for no, places in enumerate(PEOPLE[name]):
                expires_at = START + timedelta(days=3) if no == 2 else None
                await self._enrol(session, campaign, [book[place] for place in places], expires_at)
            await session.flush()
            await campaigns.start(session, name)

    async def _enrol(
        self, session: Any, campaign: CampaignView, theirs: list[Number], expires_at: datetime | None
    ) -> None:
        patient = Patient(surname="С", name="И", name_key="с", created_at=self.moment)
        session.add(patient)
        await session.flush()
        contact = Contact(
            campaign_id=campaign.id,
            patient_id=patient.id,
            number_id=theirs[0].id,
            subject="",
            data={},
            state=ContactState.WAITING,
            zone=theirs[0].zone,
            priority=Priority.FIRST,
            due_at=self.moment,
            expires_at=expires_at,
            why="first_pass",
        )
        session.add(contact)
        await session.flush()
        for position, number in enumerate(theirs):
            session.add(ContactNumber(contact_id=contact.id, position=position, number_id=number.id))
        self.listed.append(
            Listed(
                id=contact.id,
                campaign=campaign.name,
                numbers=tuple(number.e164 for number in theirs),
                zone=theirs[0].zone,
                expires_at=expires_at,
            )
        )


def _evidence(truth: dict[str, Outcome | None]) -> recovery.Evidence:
    async def evidence(attempt: OpenAttempt) -> Outcome | None:
        return truth.get(attempt.id)

    return evidence


async def _waited(work: Awaitable[T]) -> T:
    return await work


def tell_stories(urls: Iterator[str], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        lambda: Story(url=next(urls)),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_nobody_is_forgotten_or_called_twice_whatever_happens(template_file: Path, tmp_path: Path) -> None:
    def urls() -> Iterator[str]:
        for no in count():
            file = tmp_path / f"store-{no}.db"
            file.write_bytes(template_file.read_bytes())
            yield f"sqlite:///{file}"

    tell_stories(urls(), examples=10, steps=40)


@pytest.mark.parametrize("kind", ["postgresql"])
def test_the_same_on_postgresql(server: Server, template: str, kind: str) -> None:
    tell_stories((server.url(server.create(template)) for _ in count()), examples=3, steps=40)
