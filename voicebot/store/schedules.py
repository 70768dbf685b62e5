"""Doctors' hours: slots made of them ahead, and taken back when hours change or a doctor is away."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from voicebot.store.database import now
from voicebot.store.tables import (
    Absence,
    Appointment,
    AppointmentStatus,
    Outbox,
    Schedule,
    Site,
    Slot,
    SlotStatus,
    Task,
    TaskState,
)

_LIVING = (AppointmentStatus.PROPOSED, AppointmentStatus.PENDING, AppointmentStatus.BOOKED)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Weekly hours at one place, in its local time."""

    weekdays: str  #: ISO numbers, `135`: Monday, Wednesday, Friday
    starts: time
    ends: time
    minutes: int  #: of one slot
    breaks: Sequence[tuple[time, time]] = ()
    valid_from: date
    valid_to: date | None = None  #: the last day

    def slots(self, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Starts and ends of the day's slots; none reaches into a break or over the end."""
        if str(day.isoweekday()) not in self.weekdays or day < self.valid_from:
            return
        if self.valid_to is not None and day > self.valid_to:
            return
        length = timedelta(minutes=self.minutes)
        at, end = datetime.combine(day, self.starts, zone), datetime.combine(day, self.ends, zone)
        while at + length <= end:
            pause = next((stop for start, stop in self._breaks(day, zone) if at < stop and start < at + length), None)
            if pause is None:
                yield at, at + length
                at += length
            else:
                at = pause

    def _breaks(self, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        for start, stop in self.breaks:
            yield datetime.combine(day, start, zone), datetime.combine(day, stop, zone)


@dataclass(frozen=True, kw_only=True)
class Extended:
    """What became of the slots."""

    added: int
    withdrawn: int  #: free ones that no hours cover any more
    returned: int  #: withdrawn before, covered again


def extend(session: Session, *, until: date, doctor_id: int | None = None) -> Extended:
    """Make the free slots agree with hours and absences, from now to the end of `until`; booked ones stay.

    Harmless when repeated. Slots that came from a list (they name no site) are left alone.
    """
    wanted = _wanted(session, until, doctor_id)
    added, withdrawn, returned = [], [], []
    there = _there(session, until, wanted.keys() if doctor_id is None else {doctor_id})
    for doctor, rows in wanted.items():
        for starts_at, row in rows.items():
            known = there.get((doctor, starts_at))
            if known is None:
                added.append(row)
            elif known.status is SlotStatus.BUSY_UNAVAILABLE:
                returned.append(known.id)
    for (doctor, starts_at), slot in there.items():
        if slot.status is SlotStatus.FREE and slot.site_id is not None and starts_at not in wanted.get(doctor, {}):
            withdrawn.append(slot.id)
    if added:
        session.execute(insert(Slot), added)
    _set(session, withdrawn, SlotStatus.BUSY_UNAVAILABLE)
    _set(session, returned, SlotStatus.FREE)
    return Extended(added=len(added), withdrawn=len(withdrawn), returned=len(returned))


def absent(
    session: Session, doctor_id: int, starts_at: datetime, ends_at: datetime, *, why: str = "", by: str
) -> list[int]:
    """The doctor does not receive: free slots go, and a person gets a task for every patient who has a visit then.

    Gives the ids of these visits; they are not cancelled, somebody must find another time with the patient.
    """
    session.add(Absence(doctor_id=doctor_id, starts_at=starts_at, ends_at=ends_at, why=why))
    during = (Slot.doctor_id == doctor_id, Slot.starts_at < ends_at, Slot.starts_at >= starts_at)
    free = update(Slot).where(*during, Slot.status == SlotStatus.FREE).values(status=SlotStatus.BUSY_UNAVAILABLE)
    session.execute(free.execution_options(synchronize_session=False))
    visits = select(Appointment.id).where(
        Appointment.doctor_id == doctor_id,
        Appointment.starts_at >= starts_at,
        Appointment.starts_at < ends_at,
        Appointment.status.in_(_LIVING),
    )
    displaced = list(session.scalars(visits.order_by(Appointment.starts_at)))
    at = now(session)
    for appointment_id in displaced:
        about = {"appointment_id": appointment_id, "why": why, "by": by}
        session.add(Task(kind="move_visit", state=TaskState.OPEN, about=about, created_at=at))
        session.add(Outbox(topic="appointment.displaced", payload={"appointment_id": appointment_id}, created_at=at))
    session.flush()
    return displaced


def _wanted(session: Session, until: date, doctor_id: int | None) -> dict[int, dict[datetime, dict[str, Any]]]:
    """The slots that hours give, by doctor and start."""
    query = select(Schedule, Site.zone).join(Site, Site.id == Schedule.site_id)
    if doctor_id is not None:
        query = query.where(Schedule.doctor_id == doctor_id)
    away = _absences(session)
    at = now(session)
    wanted: dict[int, dict[datetime, dict[str, Any]]] = defaultdict(dict)
    for schedule, zone_name in session.execute(query):
        zone = ZoneInfo(zone_name)
        hours = hours_of(schedule)
        day = at.astimezone(zone).date()
        while day <= until:
            for starts_at, ends_at in hours.slots(day, zone):
                if starts_at > at and not _is_away(away.get(schedule.doctor_id, ()), starts_at):
                    row = _slot(schedule, starts_at, ends_at)
                    wanted[schedule.doctor_id].setdefault(row["starts_at"], row)
            day += timedelta(days=1)
    return wanted


def hours_of(schedule: Schedule) -> Hours:
    """A schedule's row as hours."""
    return Hours(
        weekdays=schedule.weekdays,
        starts=schedule.starts,
        ends=schedule.ends,
        minutes=schedule.minutes,
        breaks=[(time.fromisoformat(start), time.fromisoformat(stop)) for start, stop in schedule.breaks],
        valid_from=schedule.valid_from,
        valid_to=schedule.valid_to,
    )


def _slot(schedule: Schedule, starts_at: datetime, ends_at: datetime) -> dict[str, Any]:
    return {
        "doctor_id": schedule.doctor_id,
        "site_id": schedule.site_id,
        "service_id": schedule.service_id,
        "room": schedule.room,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "status": SlotStatus.FREE,
    }


def _absences(session: Session) -> Mapping[int, list[tuple[datetime, datetime]]]:
    away: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    query = select(Absence.doctor_id, Absence.starts_at, Absence.ends_at).where(Absence.ends_at > now(session))
    for doctor, starts_at, ends_at in session.execute(query):
        away[doctor].append((starts_at, ends_at))
    return away


def _is_away(absences: Sequence[tuple[datetime, datetime]], at: datetime) -> bool:
    return any(start <= at < end for start, end in absences)


def _there(session: Session, until: date, doctors: Iterable[int]) -> dict[tuple[int, datetime], Any]:
    """The slots that the store has from now to the end of `until`, of every zone."""
    last = datetime.combine(until, time.max, now(session).tzinfo) + timedelta(hours=14)
    query = select(Slot.id, Slot.doctor_id, Slot.starts_at, Slot.status, Slot.site_id).where(
        Slot.doctor_id.in_(list(doctors)), Slot.starts_at > now(session), Slot.starts_at <= last
    )
    return {(row.doctor_id, row.starts_at): row for row in session.execute(query)}


def _set(session: Session, ids: Sequence[int], status: SlotStatus) -> None:
    for start in range(0, len(ids), 500):
        some = update(Slot).where(Slot.id.in_(ids[start : start + 500])).values(status=status)
        session.execute(some.execution_options(synchronize_session=False))
