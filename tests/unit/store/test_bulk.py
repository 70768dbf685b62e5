from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from voicebot.store import bulk, numbers
from voicebot.store.database import Database
from voicebot.store.tables import Doctor, Number, Patient, PatientNumber, Slot, SlotStatus

_SLOT = ("id", "doctor_id", "starts_at", "room", "status", "held_by", "held_until")


def test_rows_whose_key_exists_are_passed_over_and_the_rest_are_written_as_given(
    database: Database, now: Callable[[], datetime]
) -> None:
    at, later = now(), now() + timedelta(hours=1)
    with database.sync_write() as session:
        session.execute(insert(Doctor).values(id=7, name="Петрова Анна", specialty="терапевт"))
        bulk.insert_rows(session, Slot, _SLOT, [(1, 7, at, "\t\\N \r\n", SlotStatus.FREE, None, None)])
    held = (3, 7, later, "с \\ и {,}", SlotStatus.BUSY_TENTATIVE, "NULL", at)
    with database.sync_write() as session:
        assert bulk.insert_missing(session, Slot, _SLOT, [(2, 7, at, "13", SlotStatus.BUSY, None, None), held]) == 1
    with database.sync_read() as session:
        written = session.execute(select(*(Slot.__table__.columns[name] for name in _SLOT)).order_by(Slot.id)).all()
    assert [tuple(row) for row in written] == [(1, 7, at, "\t\\N \r\n", SlotStatus.FREE, None, None), held]


def test_reserved_ids_are_given_to_nobody_else(database: Database) -> None:
    columns = ("id", "e164", "do_not_call")
    with database.sync_write() as session:
        ids = list(bulk.reserve_ids(session, Number, 3))
        bulk.insert_rows(session, Number, columns, [(number, f"+7900{number}", False) for number in ids])
        more = list(bulk.reserve_ids(session, Number, 2))
        session.execute(insert(Number).values(e164="+79009"))
        own = session.scalars(select(Number.id).where(Number.e164 == "+79009")).one()
    assert len({*ids, *more}) == 5
    assert own not in ids


def test_a_person_gets_new_numbers_and_keeps_those_they_have(database: Database, now: Callable[[], datetime]) -> None:
    patient = {"surname": "Иванова", "name": "Мария", "name_key": "иванова мария", "created_at": now()}
    with database.sync_write() as session:
        session.execute(insert(Patient), [patient | {"id": no} for no in (1, 2)])
        session.execute(insert(Number), [{"id": no, "e164": f"+7900{no}"} for no in (1, 2)])
        numbers.give(session, [(1, 1)], set())
        numbers.give(session, [(2, 2)], {(1, 1), (1, 2)})
    with database.sync_read() as session:
        links = session.execute(select(PatientNumber.patient_id, PatientNumber.number_id)).all()
    assert sorted(map(tuple, links)) == [(1, 1), (1, 2), (2, 2)]
    for first, more in (([(3, 1)], set[tuple[int, int]]()), ([], {(3, 1)})):
        with pytest.raises(IntegrityError), database.sync_write() as session:
            numbers.give(session, first, more)  # such a patient there is not


def test_a_number_that_a_talk_has_made_meanwhile_keeps_its_row(database: Database) -> None:
    columns = ("id", "e164", "do_not_call")
    with database.sync_write() as session:
        session.execute(insert(Number).values(id=1, e164="+79001", do_not_call=True))
    with database.sync_write() as session:
        assert bulk.insert_hoped(session, Number, columns, [(2, "+79001", False), (3, "+79002", False)]) == 1
    with database.sync_read() as session:
        rows = session.execute(select(Number.id, Number.e164, Number.do_not_call).order_by(Number.id)).all()
    assert [tuple(row) for row in rows] == [(1, "+79001", True), (3, "+79002", False)]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite uses the index without being told
def test_a_loader_finds_by_index_however_many_keys_it_has(database: Database) -> None:
    keys = [f"+7{no:010}" for no in range(5_000)]
    with database.sync_write() as session:
        bulk.insert_rows(session, Number, ("e164", "do_not_call"), [(key, False) for key in keys])
        session.execute(text("ANALYZE numbers"))
    plans = []
    for begin in (lambda _session: None, bulk.one_loader):
        with database.sync_write() as session:
            begin(session)
            plan = session.connection().exec_driver_sql(
                "EXPLAIN SELECT id FROM numbers WHERE e164 = ANY(%s::varchar[])", (keys,)
            )
            plans.append("\n".join(plan.scalars()))
    assert "Seq Scan" in plans[0]  # what this is about
    assert "uq_numbers_e164" in plans[1]
    assert "Seq Scan" not in plans[1]
