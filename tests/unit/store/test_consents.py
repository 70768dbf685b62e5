from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from store_rows import Rows

from voicebot.config import Clinic
from voicebot.errors import StoreError
from voicebot.store import consent_table, consents, guardians, numbers, pace, patient_table, refusal_table
from voicebot.store.database import Database
from voicebot.store.tables import Consent, ConsentKind, Number, Outbox, Patient

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
ANNA = "+79161234567"


def write(folder: Path, *lines: str) -> Path:
    file = folder / "list.csv"
    file.write_text("\n".join(lines))
    return file


async def test_a_number_is_refused_once_and_keeps_its_first_date_and_reason(
    database: Database, now: Callable[[], datetime]
) -> None:
    async with database.write() as session:
        assert await numbers.do_not_call(session, ANNA, by="cli:anna", reason="жалоба")
        assert not await numbers.do_not_call(session, ANNA, by="call:5")
        [one] = await numbers.refusals(session)
        assert (one.number, one.at, one.why) == (ANNA, now(), "cli:anna: жалоба")
        assert (await session.scalars(select(Outbox.topic))).all() == ["number.do_not_call"]


async def test_a_refusal_taken_back_is_told_and_the_number_is_free(database: Database) -> None:
    async with database.write() as session:
        assert not await numbers.may_call(session, ANNA, by="cli:anna")
        await numbers.do_not_call(session, ANNA, by="call:5")
        assert await numbers.may_call(session, ANNA, by="cli:anna")
        number = (await session.scalars(select(Number))).one()
        assert (number.do_not_call, number.do_not_call_at, number.do_not_call_why) == (False, None, None)
        assert (await session.scalars(select(Outbox.topic).order_by(Outbox.id))).all()[-1] == "number.may_call"


async def test_refused_numbers_are_loaded_with_date_and_reason_and_bad_rows_named(
    database: Database, tmp_path: Path
) -> None:
    file = write(
        tmp_path,
        "Телефон;Причина;Дата",
        "8 916 123-45-67;жалоба в Роскомнадзор;05.11.2026",
        "+7 916 123-45-67;ещё раз;06.11.2026",
        "9161234568;;",
        "12-34;;",
        "9161234569;;01.01.2030",
    )
    for added, known in ((2, 1), (0, 3)):
        loaded = refusal_table.load(database, file, clinic=Clinic(), by="list:отказы.csv")
        assert (loaded.added, loaded.known, loaded.bad) == (added, known, 2)
    assert ["ещё не наступил" in str(row) for row in loaded.rejected] == [False, True]
    async with database.read() as session:
        second, first = await numbers.refusals(session)
    assert (first.number, first.at) == (ANNA, datetime(2026, 11, 5, tzinfo=MOSCOW))
    assert first.why == "list:отказы.csv: жалоба в Роскомнадзор"
    assert (second.number, second.at, second.why) == ("+79161234568", NOW, "list:отказы.csv")


async def test_a_refusal_by_voice_keeps_its_date_when_a_list_names_the_number_too(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as session:
        await numbers.do_not_call(session, ANNA, by="call:5")
    refusal_table.load(database, write(tmp_path, "Телефон;Дата", f"{ANNA};01.01.2026"), clinic=Clinic(), by="list:a")
    async with database.read() as session:
        assert [one.why for one in await numbers.refusals(session)] == ["call:5"]


async def test_consents_are_loaded_once_with_their_proof_and_bad_rows_named(database: Database, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "Телефон;На что;Основание;Дата",
        f"{ANNA};Реклама;анкета 17;05.11.2026",
        f"{ANNA};реклама по телефону;анкета 18;",
        f"{ANNA};запись разговора;анкета 17;",
        f"{ANNA};реклама и запись;анкета 17;",
        f"{ANNA};messages;;",
    )
    for added, known in ((2, 1), (0, 3)):
        loaded = consent_table.load(database, file, clinic=Clinic())
        assert (loaded.added, loaded.known, loaded.bad) == (added, known, 2)
    reasons = [str(row) for row in loaded.rejected]
    assert "непонятно, на что согласие" in reasons[0] and "«Основание»" in reasons[1]
    async with database.read() as session:
        since = datetime(2026, 11, 5, tzinfo=MOSCOW)
        assert await consents.given_at(session, ConsentKind.ADVERTISING, number=ANNA) == since
        [latest, advertising] = await consents.listed(session, number=ANNA)
    assert (advertising.proof, advertising.kind, latest.kind) == (
        "анкета 17",
        ConsentKind.ADVERTISING,
        ConsentKind.RECORDING,
    )


async def test_a_withdrawn_consent_stays_known_and_can_be_given_anew(database: Database, tmp_path: Path) -> None:
    file = write(tmp_path, "Телефон;На что;Основание", f"{ANNA};реклама;анкета 17")
    consent_table.load(database, file, clinic=Clinic())
    async with database.write() as session:
        assert await consents.withdraw(session, ConsentKind.ADVERTISING, by="cli:anna", number=ANNA) == 1
        assert await consents.withdraw(session, ConsentKind.ADVERTISING, by="cli:anna", number=ANNA) == 0
        assert await consents.listed(session) == []
        [gone] = await consents.listed(session, withdrawn=True)
        assert (gone.withdrawn_at, gone.withdrawn_by) == (NOW, "cli:anna")
    assert consent_table.load(database, file, clinic=Clinic()).added == 1
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Consent)) == 2


async def test_a_number_first_known_by_a_refusal_gets_its_zone_from_the_patients_list(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as session:
        await numbers.do_not_call(session, ANNA, by="call:5")
        await numbers.may_call(session, ANNA, by="cli:anna")
        assert await session.scalar(select(Number.zone)) is None
    file = write(tmp_path, "Фамилия;Телефон;Часовой пояс", f"Иванова;{ANNA};Asia/Omsk")
    patient_table.load(database, file, clinic=Clinic())
    async with database.read() as session:
        assert await session.scalar(select(Number.zone)) == "Asia/Omsk"


async def test_who_speaks_for_a_patient_is_kept_with_the_relation(database: Database, rows: Rows) -> None:
    async with database.write() as session:
        child = Patient(surname="Иванова", name="Ася", name_key="иванова ася", created_at=NOW)
        session.add(child)
        await session.flush()
        await guardians.add(session, child.id, 1, relation="бабушка")
        await guardians.add(session, child.id, 1, relation="мать")
        [mother] = await guardians.of(session, child.id)
        assert (mother.id, mother.name, mother.relation) == (1, "Иванова Мария Петровна", "мать")
        assert await guardians.of(session, 1) == []
        assert await guardians.remove(session, child.id, 1)
        assert not await guardians.remove(session, child.id, 1)
        for wrong in ((child.id, child.id), (child.id, 99), (99, 1)):
            with pytest.raises(StoreError):
                await guardians.add(session, *wrong)


def test_refusals_in_several_batches_are_all_there_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "_FIRST", 7)
    lines = [f"9{no:09};причина {no % 3};{NOW - timedelta(days=no % 5):%d.%m.%Y}" for no in range(50)]
    loaded = refusal_table.load(
        database, write(tmp_path, "Телефон;Причина;Дата", *lines, *lines), clinic=Clinic(), by="list:a"
    )
    assert (loaded.added, loaded.known, loaded.bad) == (50, 50, 0)
