"""Campaigns that fill themselves, on the real queue."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from list_samples import CLINIC, HEADER, IVANOVA, SECTION, changed, write_csv
from queue_world import CONFIRMS, HANGS_UP, SILENT, Does, World
from sqlalchemy import select

from voicebot.errors import CampaignError
from voicebot.outbound import campaigns, filling, lists, sources
from voicebot.outbound.policy import Policy
from voicebot.outcomes import Result
from voicebot.store import appointments, booking, results, talks, waitlist
from voicebot.store.attempts import AttemptView
from voicebot.store.database import Database
from voicebot.store.tables import (
    Appointment,
    AppointmentStatus,
    Call,
    Campaign,
    Case,
    CaseStage,
    Contact,
    ContactNumber,
    ContactState,
    Direction,
    Doctor,
    Guardian,
    Number,
    Patient,
    PatientNumber,
    Slot,
    SlotStatus,
    Wait,
    WaitState,
)

ONE, TWO, THREE = "+79160000001", "+79160000002", "+79160000003"


@dataclass
class Clinic:
    """A store with a few people, and the world that calls them."""

    world: World

    @property
    def database(self) -> Database:
        return self.world.database

    @property
    def now(self) -> datetime:
        return self.world.time.now()

    async def add(self, *rows: Any) -> None:
        async with self.database.write() as session:
            for row in rows:
                session.add(row)
                await session.flush()

    async def patient(self, *numbers: str, **about: Any) -> int:
        patient = Patient(surname="Иванова", name="Анна", name_key="иванова анна", created_at=self.now, **about)
        await self.add(patient)
        for e164 in numbers:
            async with self.database.read() as session:
                number = await session.scalar(select(Number).where(Number.e164 == e164))
            if number is None:
                number = Number(e164=e164, zone="Europe/Moscow")
                await self.add(number)
            await self.add(PatientNumber(patient_id=patient.id, number_id=number.id))
        return patient.id

    async def visit(self, patient: int, starts_at: datetime, **about: Any) -> int:
        about = {"specialty": "cardiologist", "status": AppointmentStatus.BOOKED} | about
        visit = Appointment(patient_id=patient, starts_at=starts_at, zone="Europe/Moscow", created_at=self.now, **about)
        await self.add(visit)
        return visit.id

    async def campaign(self, source: str, *, every: str | None = None, name: str = "c", **policy: Any) -> None:
        asked = sources.read(source, every=every).model_dump(mode="json", exclude_none=True)
        async with self.database.write() as session:
            rules = Policy.model_validate(policy)
            await campaigns.create(session, name, scenario="s", policy=rules, source=asked)
            await campaigns.start(session, name)

    async def fill(self) -> int:
        return await filling.keep_filled(self.database, CLINIC)

    async def contacts(self) -> Sequence[Contact]:
        return await self.world.contacts()

    def go_to(self, moment: str) -> None:
        """Of Moscow's clock."""
        self.world.time.moment = datetime.fromisoformat(moment).replace(tzinfo=CLINIC.zone)

    async def work(self, minutes: int) -> None:
        """Robots fill and call for so long."""
        for _ in range(minutes):
            await self.fill()
            await self.world.run(until=self.now + timedelta(minutes=1))

    async def rings(self, number: str, *, result: Result | None = None, lasts: int | None = 1) -> str:
        """Somebody calls us for so many minutes; None: the talk goes on."""
        async with self.database.write() as session:
            call_id = f"in-{len(list(await session.scalars(select(Call.id))))}"
            await talks.open_call(
                session,
                call_id=call_id,
                direction=Direction.INBOUND,
                number=number,
                dialled="",
                scenario="hotline",
                started_at=self.now,
            )
            if lasts is None:
                return call_id
            self.world.time.moment += timedelta(minutes=lasts)
            if result is not None:
                await results.record(
                    session, call_id=call_id, attempt_id=None, contact_id=None, result=result, detail={}
                )
            call = await session.get_one(Call, call_id)
            call.ended_at = self.now
        return call_id


@pytest.fixture
def clinic(world: World) -> Clinic:
    """On Monday, 23 November 2026, at 9:30 in Moscow."""
    return Clinic(world)


def tomorrow(clinic: Clinic, hour: int = 12) -> datetime:
    return (clinic.now + timedelta(days=1)).replace(hour=hour, minute=0)


# --- visits and patients, asked at their hour ------------------------------------------------------------------------


async def test_each_evening_tomorrows_visits_become_contacts_once(clinic: Clinic) -> None:
    one, two = await clinic.patient(ONE), await clinic.patient(TWO)
    await clinic.visit(one, tomorrow(clinic))
    await clinic.visit(two, tomorrow(clinic), status=AppointmentStatus.CANCELLED)
    await clinic.visit(two, clinic.now + timedelta(days=2))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    assert await clinic.fill() == 0
    clinic.go_to("2026-11-23T18:00")
    assert await clinic.fill() == 1
    assert await clinic.fill() == 0
    (contact,) = await clinic.contacts()
    assert (contact.patient_id, contact.state) == (one, ContactState.WAITING)
    assert contact.expires_at == datetime(2026, 11, 24, 12, tzinfo=CLINIC.zone)
    clinic.go_to("2026-11-24T18:05")
    assert await clinic.fill() == 1
    assert [contact.patient_id for contact in await clinic.contacts()] == [one, two]


async def test_a_robot_that_was_off_at_the_hour_fills_later_for_the_day_that_was_meant(clinic: Clinic) -> None:
    one, two = await clinic.patient(ONE), await clinic.patient(TWO)
    await clinic.visit(one, datetime(2026, 11, 24, 15, tzinfo=CLINIC.zone))
    await clinic.visit(two, datetime(2026, 11, 24, 8, tzinfo=CLINIC.zone))  # over when the robot is back
    await clinic.visit(two, datetime(2026, 11, 25, 8, tzinfo=CLINIC.zone))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    clinic.go_to("2026-11-24T10:00")
    assert await clinic.fill() == 1
    assert [contact.patient_id for contact in await clinic.contacts()] == [one]


async def test_two_robots_fill_a_campaign_but_once(clinic: Clinic, url: str) -> None:
    for no in range(40):
        await clinic.visit(await clinic.patient(f"+7916000{no:04}"), tomorrow(clinic, 9 + no % 8))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    clinic.go_to("2026-11-23T18:00")
    other = Database(url, timeout=timedelta(seconds=20), clock=clinic.world.time.now)
    try:
        added = await asyncio.gather(*(filling.keep_filled(one, CLINIC) for one in (clinic.database, other)))
    finally:
        await other.close()
    assert sum(added) == 40
    assert len(await clinic.contacts()) == 40


async def test_a_filled_campaign_calls_and_goes_on_the_next_evening(clinic: Clinic) -> None:
    one = await clinic.patient(ONE)
    await clinic.visit(one, tomorrow(clinic))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    clinic.go_to("2026-11-23T18:00")
    await clinic.work(10)
    assert [contact.state for contact in await clinic.contacts()] == [ContactState.DONE]
    assert len(clinic.world.phones.calls_to(ONE)) == 1
    await clinic.visit(one, datetime(2026, 11, 25, 12, tzinfo=CLINIC.zone))
    clinic.go_to("2026-11-24T18:00")
    await clinic.work(10)
    assert len(clinic.world.phones.calls_to(ONE)) == 2


async def test_a_day_of_many_visits_is_filled_in_several_transactions(clinic: Clinic) -> None:
    async with clinic.database.write() as session:
        for no in range(1203):
            patient = Patient(surname="П", name="А", name_key="п а", created_at=clinic.now)
            number = Number(e164=f"+7916{no:07}", zone="Europe/Moscow")
            session.add_all([patient, number])
            await session.flush()
            session.add(PatientNumber(patient_id=patient.id, number_id=number.id))
            visit = {"specialty": "surgeon", "zone": "Europe/Moscow", "status": AppointmentStatus.BOOKED}
            session.add(Appointment(patient_id=patient.id, starts_at=tomorrow(clinic), created_at=clinic.now, **visit))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    clinic.go_to("2026-11-23T18:00")
    assert await clinic.fill() == 1203
    async with clinic.database.read() as session:
        campaign = (await session.scalars(select(Campaign))).one()
    assert campaign.filled_at == clinic.now


@pytest.mark.parametrize(
    ("source", "chosen"),
    [
        ("visits:tomorrow", {1, 2}),
        ("visits:tomorrow,specialty=surgeon", {2}),
        ("visits:tomorrow,unconfirmed", {1}),
        ("visits:+2", {3}),
        ("visits:week", {1, 2, 3}),
        ("visits:2026-11-24..2026-11-25", {1, 2, 3}),
    ],
)
async def test_an_administrator_asks_the_store_for_visits(clinic: Clinic, source: str, chosen: set[int]) -> None:
    for no, about in enumerate(({}, {"specialty": "surgeon", "confirmed_at": clinic.now}, {}), start=1):
        patient = await clinic.patient(f"+7916000000{no}")
        await clinic.visit(patient, tomorrow(clinic) + timedelta(days=no == 3), **about)
    await clinic.visit(await clinic.patient(), tomorrow(clinic))  # has no number
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    filled = await filling.fill(clinic.database, CLINIC, "c", sources.read(source))
    assert {contact.patient_id for contact in await clinic.contacts()} == chosen
    assert filled.added == len(chosen)


async def test_a_list_and_the_store_do_not_call_about_the_same_visit_twice(clinic: Clinic, tmp_path: Path) -> None:
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    row = changed(IVANOVA, Дата_приёма="24.11.2026")
    lists.load(clinic.database, "c", write_csv(tmp_path / "list.csv", row), SECTION, clinic=CLINIC)
    assert "Телефон" in HEADER
    clinic.go_to("2026-11-23T18:00")
    assert await clinic.fill() == 0
    assert len(await clinic.contacts()) == 1


async def test_numbers_of_a_list_are_tried_in_its_order_by_other_campaigns_too(clinic: Clinic, tmp_path: Path) -> None:
    await clinic.campaign("visits:tomorrow", every="day 18:00", name="list")
    row = changed(IVANOVA, Дата_приёма="24.11.2026", Телефон=f"{THREE}, {ONE}, {TWO}")
    lists.load(clinic.database, "list", write_csv(tmp_path / "list.csv", row), SECTION, clinic=CLINIC)
    await clinic.campaign("visits:tomorrow", every="day 18:00", name="store")
    await filling.fill(clinic.database, CLINIC, "store", sources.read("visits:tomorrow"))
    query = select(Number.e164).join(ContactNumber, ContactNumber.number_id == Number.id)
    async with clinic.database.read() as session:
        numbers = await session.scalars(query.order_by(ContactNumber.contact_id, ContactNumber.position))
        assert list(numbers) == [THREE, ONE, TWO] * 2


async def move(clinic: Clinic, visit: int, to: datetime) -> None:
    async with clinic.database.write() as session:
        session.add(Doctor(name="Д", specialty="cardiologist"))
        await session.flush()
        slot = Slot(doctor_id=1, starts_at=to, status=SlotStatus.FREE)
        session.add(slot)
        await session.flush()
        await appointments.move(session, visit, slot.id, by="call:1")


async def test_about_a_visit_that_the_patient_has_changed_nobody_is_called(clinic: Clinic) -> None:
    moved = await clinic.visit(await clinic.patient(ONE), tomorrow(clinic))
    cancelled = await clinic.visit(await clinic.patient(TWO), tomorrow(clinic))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    clinic.go_to("2026-11-23T18:00")
    await clinic.fill()
    await move(clinic, moved, tomorrow(clinic, 16))
    async with clinic.database.write() as session:
        await appointments.cancel(session, cancelled, reason="", by="call:2")
    contacts = await clinic.contacts()
    assert {(contact.state, contact.why) for contact in contacts} == {(ContactState.WITHDRAWN, "visit_changed")}
    await clinic.work(5)
    assert clinic.world.phones.invites == []


async def test_a_moved_visit_is_called_about_anew(clinic: Clinic) -> None:
    visit = await clinic.visit(await clinic.patient(ONE), tomorrow(clinic))
    await clinic.campaign("visits:week", every="day 18:00")
    await filling.fill(clinic.database, CLINIC, "c", sources.read("visits:week"))
    await move(clinic, visit, tomorrow(clinic, 16))
    await filling.fill(clinic.database, CLINIC, "c", sources.read("visits:week"))
    told = [(contact.state, contact.subject) for contact in await clinic.contacts()]
    assert told == [
        (ContactState.WITHDRAWN, "2026-11-24T09:00Z cardiologist"),
        (ContactState.WAITING, "2026-11-24T13:00Z cardiologist"),
    ]


async def test_a_visit_that_the_clinic_has_moved_moves_its_contact(clinic: Clinic) -> None:
    visit = await clinic.visit(await clinic.patient(ONE), tomorrow(clinic))
    await clinic.campaign("visits:week", every="day 18:00")
    await filling.fill(clinic.database, CLINIC, "c", sources.read("visits:week"))
    async with clinic.database.write() as session:
        (await session.get_one(Appointment, visit)).starts_at = tomorrow(clinic, 16)
    await filling.fill(clinic.database, CLINIC, "c", sources.read("visits:week"))
    (contact,) = await clinic.contacts()
    assert (contact.expires_at, contact.subject) == (tomorrow(clinic, 16), "2026-11-24T13:00Z cardiologist")


async def test_a_childs_mother_is_called_first(clinic: Clinic) -> None:
    child, mother = await clinic.patient(ONE), await clinic.patient(TWO)
    await clinic.add(Guardian(patient_id=child, guardian_id=mother, relation="mother"))
    await clinic.visit(child, tomorrow(clinic))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    clinic.go_to("2026-11-23T18:00")
    await clinic.work(5)
    assert [invite.number for invite in clinic.world.phones.invites] == [TWO]


async def test_the_quarterly_invitation_is_for_those_of_the_ages_who_were_not_seen(clinic: Clinic) -> None:
    due = await clinic.patient(ONE, birth_date=date(1980, 5, 1))
    await clinic.patient(TWO, birth_date=date(2007, 5, 1))  # 19: not in this year
    seen = await clinic.patient(THREE, birth_date=date(1987, 5, 1))  # 39
    await clinic.visit(seen, clinic.now - timedelta(days=90), status=AppointmentStatus.FULFILLED)
    await clinic.campaign("patients", every="quarter 1 10:00")
    assert await clinic.fill() == 0
    clinic.go_to("2027-01-01T10:00")
    assert await clinic.fill() == 1
    assert [contact.patient_id for contact in await clinic.contacts()] == [due]
    clinic.go_to("2027-04-01T10:00")  # not reached in winter: invited again in spring
    assert await clinic.fill() == 1
    async with clinic.database.write() as session:
        for contact in await session.scalars(select(Contact)):
            contact.state = ContactState.DONE
    clinic.go_to("2027-07-01T10:00")  # spoken with: left in peace for a year
    assert await clinic.fill() == 0


async def test_a_campaign_with_a_broken_source_leaves_the_others_alone(clinic: Clinic) -> None:
    await clinic.visit(await clinic.patient(ONE), tomorrow(clinic))
    await clinic.campaign("visits:tomorrow", every="day 18:00", name="a")
    await clinic.campaign("visits:tomorrow", every="day 18:00", name="b")
    async with clinic.database.write() as session:
        broken = (await session.scalars(select(Campaign).where(Campaign.name == "a"))).one()
        broken.source = {"moon": {}}
    clinic.go_to("2026-11-23T18:00")
    assert await clinic.fill() == 1


async def test_a_paused_campaign_is_not_filled_and_catches_up_when_it_goes_on(clinic: Clinic) -> None:
    await clinic.visit(await clinic.patient(ONE), tomorrow(clinic))
    await clinic.campaign("visits:tomorrow", every="day 18:00")
    async with clinic.database.write() as session:
        await campaigns.pause(session, "c")
    clinic.go_to("2026-11-23T18:00")
    assert await clinic.fill() == 0
    async with clinic.database.write() as session:
        await campaigns.start(session, "c")
    assert await clinic.fill() == 1


async def test_what_runs_all_the_time_is_not_asked_by_hand(clinic: Clinic) -> None:
    await clinic.campaign("callback")
    with pytest.raises(CampaignError, match="all the time"):
        await filling.fill(clinic.database, CLINIC, "c", sources.read("callback"))


# --- callers who were not served -------------------------------------------------------------------------------------


async def test_a_caller_who_rang_off_is_called_back_within_the_time(clinic: Clinic) -> None:
    await clinic.patient(ONE)
    await clinic.campaign("callback:30m,after=2m")
    await clinic.rings("89160000001", result=Result.HUNG_UP)
    assert await clinic.fill() == 0  # they may ring again at once
    await clinic.work(6)
    (contact,) = await clinic.contacts()
    assert (contact.patient_id, contact.state) == (1, ContactState.DONE)
    (invite,) = clinic.world.phones.invites
    assert (invite.number, invite.started - clinic.now < timedelta(minutes=6)) == (ONE, True)


async def test_an_unknown_caller_is_called_back_too(clinic: Clinic) -> None:
    await clinic.campaign("callback:30m,after=2m")
    await clinic.rings("+79160000009")
    await clinic.rings("", result=Result.HUNG_UP)  # a withheld number
    await clinic.rings("101", result=Result.HUNG_UP)  # of the PBX
    await clinic.work(5)
    assert [invite.number for invite in clinic.world.phones.invites] == ["+79160000009"]


async def test_whoever_rings_again_and_is_served_is_not_called_back(clinic: Clinic) -> None:
    clinic.world.phones.script[ONE] = [SILENT, CONFIRMS]
    await clinic.campaign("callback:4h", pauses={"no_answer": "30m"})
    await clinic.rings(ONE, result=Result.HUNG_UP)
    await clinic.work(5)
    await clinic.rings(ONE, result=Result.BOOKED)
    clinic.world.time.moment += timedelta(minutes=30)
    await clinic.work(3)
    assert len(clinic.world.phones.invites) == 1
    (contact,) = await clinic.contacts()
    assert (contact.state, contact.why) == (ContactState.WITHDRAWN, "served")


async def test_nobody_is_called_who_is_talking_with_us_just_now(clinic: Clinic) -> None:
    await clinic.campaign("callback:30m,after=2m")
    await clinic.rings(ONE, result=Result.HUNG_UP)
    await clinic.rings(ONE, lasts=None)
    await clinic.work(5)
    assert clinic.world.phones.invites == []


async def test_three_vain_calls_make_one_call_back(clinic: Clinic) -> None:
    await clinic.campaign("callback:30m,after=1m")
    for _ in range(3):
        await clinic.rings(ONE, result=Result.HUNG_UP)
        clinic.world.time.moment += timedelta(minutes=1)
        await clinic.fill()
    await clinic.work(3)
    assert len(clinic.world.phones.invites) == 1
    states = [contact.state for contact in await clinic.contacts()]
    assert states == [ContactState.WITHDRAWN, ContactState.WITHDRAWN, ContactState.DONE]


async def test_whoever_another_campaign_has_reached_is_not_called_back(clinic: Clinic) -> None:
    await clinic.campaign("callback:4h,after=30m")
    await clinic.rings(ONE, result=Result.HUNG_UP)
    await clinic.world.campaign([ONE], name="other")
    await clinic.work(3)
    clinic.world.time.moment += timedelta(minutes=30)
    await clinic.work(3)
    assert len(clinic.world.phones.invites) == 1
    assert [contact.campaign_id for contact in await clinic.contacts()] == [2]


async def test_after_the_time_nobody_is_called_back(clinic: Clinic) -> None:
    await clinic.campaign("callback:30m,after=2m")
    await clinic.rings(ONE, result=Result.HUNG_UP)
    clinic.world.time.moment += timedelta(minutes=31)
    await clinic.work(3)
    assert await clinic.contacts() == []


# --- surveys ---------------------------------------------------------------------------------------------------------


async def test_patients_are_asked_after_their_visit_and_only_once(clinic: Clinic) -> None:
    over = await clinic.patient(ONE)
    await clinic.visit(over, clinic.now - timedelta(hours=1), status=AppointmentStatus.FULFILLED)
    await clinic.visit(await clinic.patient(TWO), clinic.now - timedelta(hours=1), status=AppointmentStatus.NOSHOW)
    await clinic.visit(await clinic.patient(THREE), clinic.now - timedelta(days=9), status=AppointmentStatus.FULFILLED)
    await clinic.campaign("survey:visits,after=2h")
    clinic.go_to("2026-11-23T10:29")
    await clinic.work(1)
    assert clinic.world.phones.invites == []
    clinic.go_to("2026-11-23T10:40")
    await clinic.work(3)
    assert [invite.number for invite in clinic.world.phones.invites] == [ONE]


async def test_a_share_of_the_patients_is_asked_and_always_the_same(clinic: Clinic) -> None:
    for no in range(60):
        patient = await clinic.patient(f"+7916000{no:04}")
        await clinic.visit(patient, clinic.now - timedelta(hours=3), status=AppointmentStatus.FULFILLED)
    await clinic.campaign("survey:visits,share=0.3")
    added = await clinic.fill()
    assert 6 <= added <= 30
    assert await clinic.fill() == 0


async def test_whoever_opened_a_case_is_asked_when_it_is_closed(clinic: Clinic) -> None:
    case = {"stage": CaseStage.CLOSED, "data": {}, "serve_by": clinic.now, "created_at": clinic.now}
    await clinic.add(Case(number=ONE, closed_at=clinic.now, **case), Case(number="", closed_at=clinic.now, **case))
    await clinic.campaign("survey:cases,after=1h")
    clinic.go_to("2026-11-23T10:30")
    await clinic.work(3)
    assert [invite.number for invite in clinic.world.phones.invites] == [ONE]
    (contact,) = await clinic.contacts()
    assert contact.data == {"case": 1}


# --- freed times -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def queue(clinic: Clinic) -> Clinic:
    """Two patients wait for a cardiologist; a time on Tuesday is free."""
    await clinic.add(Doctor(name="Д", specialty="cardiologist"))
    for e164 in (ONE, TWO):
        patient = await clinic.patient(e164)
        async with clinic.database.write() as session:
            await waitlist.add(session, patient_id=patient, specialty="cardiologist", by="call:1")
        clinic.world.time.moment += timedelta(minutes=1)
    await clinic.add(Slot(doctor_id=1, starts_at=tomorrow(clinic), status=SlotStatus.FREE))
    await clinic.campaign("waitlist:10m", pauses={"no_answer": "3m"}, unfinished_pause="3m", per_day=5)
    return clinic


def accepts(clinic: Clinic) -> None:
    """From now on whoever answers takes what is offered."""
    talk = clinic.world.phones._talk

    async def accepted(attempt: AttemptView, does: Does, started: datetime) -> None:
        await talk(attempt, does, started)
        async with clinic.database.write() as session:
            await waitlist.accept(session, attempt.contacts[0].data["wait"], by=f"call:{attempt.id}")

    clinic.world.phones._talk = accepted  # type: ignore[method-assign]


async def state_of(clinic: Clinic) -> tuple[SlotStatus, list[WaitState], int]:
    """Of the slot and of who waits; and how many visits there are."""
    async with clinic.database.read() as session:
        slot = (await session.scalars(select(Slot))).one()
        waits = list(await session.scalars(select(Wait.state).order_by(Wait.id)))
        visits = list(await session.scalars(select(Appointment.id)))
    return slot.status, waits, len(visits)


async def test_a_freed_time_is_held_for_the_first_who_waits_and_booked_in_the_call(queue: Clinic) -> None:
    accepts(queue)
    queue.world.phones.script[ONE] = [Does(result=Result.BOOKED, lasts=timedelta(minutes=2))]
    await queue.fill()
    assert await state_of(queue) == (SlotStatus.BUSY_TENTATIVE, [WaitState.OFFERED, WaitState.WAITING], 0)
    await queue.work(10)
    assert await state_of(queue) == (SlotStatus.BUSY, [WaitState.BOOKED, WaitState.WAITING], 1)
    assert [invite.number for invite in queue.world.phones.invites] == [ONE]


async def test_who_does_not_want_the_time_keeps_waiting_and_the_next_is_called(queue: Clinic) -> None:
    queue.world.phones.script[ONE] = [Does(result=Result.REFUSED)]
    queue.world.phones.script[TWO] = [Does(result=Result.REFUSED)]
    await queue.work(8)
    assert [invite.number for invite in queue.world.phones.invites] == [ONE, TWO]
    assert await state_of(queue) == (SlotStatus.FREE, [WaitState.WAITING, WaitState.WAITING], 0)


async def test_who_is_not_reached_in_time_makes_way_for_the_next(queue: Clinic) -> None:
    accepts(queue)
    queue.world.phones.script[ONE] = [SILENT]
    await queue.work(16)
    numbers = [invite.number for invite in queue.world.phones.invites]
    assert set(numbers[:-1]) == {ONE} and numbers[-1] == TWO
    assert await state_of(queue) == (SlotStatus.BUSY, [WaitState.WAITING, WaitState.BOOKED], 1)


async def test_during_a_talk_the_time_is_held_on(queue: Clinic) -> None:
    accepts(queue)
    queue.world.phones.script[ONE] = [Does(result=Result.BOOKED, lasts=timedelta(minutes=30))]
    await queue.work(34)
    assert await state_of(queue) == (SlotStatus.BUSY, [WaitState.BOOKED, WaitState.WAITING], 1)


async def test_somebody_else_may_book_the_time_first(queue: Clinic) -> None:
    async with queue.database.write() as session:
        assert await booking.book(session, 1, patient_id=2, by="call:7")
    await queue.work(5)
    assert queue.world.phones.invites == []


@pytest.mark.parametrize(
    "change",
    [
        {"starts": timedelta(hours=2)},  # too soon to be reached and to come
        {"specialty": "surgeon"},
        {"wish": {"from": "18:00", "to": "20:00"}},
        {"do_not_call": True},
        {"night": True},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_nothing_is_held_for_whom_it_does_not_suit_or_who_cannot_be_called(
    queue: Clinic, change: dict[str, Any]
) -> None:
    async with queue.database.write() as session:
        slot = (await session.scalars(select(Slot))).one()
        slot.starts_at = queue.now + change.get("starts", timedelta(days=1))
        for wait in await session.scalars(select(Wait)):
            wait.specialty, wait.wish = change.get("specialty", "cardiologist"), change.get("wish")
        for number in await session.scalars(select(Number)):
            number.do_not_call = change.get("do_not_call", False)
    if change.get("night"):
        queue.go_to("2026-11-23T21:00")
    await queue.fill()
    assert await state_of(queue) == (SlotStatus.FREE, [WaitState.WAITING, WaitState.WAITING], 0)


async def test_an_unfinished_talk_is_repeated_while_the_time_is_held(queue: Clinic) -> None:
    queue.world.phones.script[ONE] = [HANGS_UP]
    await queue.work(8)
    assert [invite.number for invite in queue.world.phones.invites][:2] == [ONE, ONE]
