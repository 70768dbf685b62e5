"""Why somebody is called or not, in the words of administrators."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from queue_world import CONFIRMS, SILENT, Does, World

from voicebot.errors import CampaignError
from voicebot.outbound import because, campaigns, why
from voicebot.outbound.policy import Ground, History, NumberHistory, Policy, Rule
from voicebot.outbound.why import Explanation
from voicebot.outcomes import Result
from voicebot.store import numbers
from voicebot.store.tables import Contact, ContactNumber, Number

MOSCOW = ZoneInfo("Europe/Moscow")
A, B = "+79160000001", "+79160000002"
MINUTE = timedelta(minutes=1)
HOLIDAY = datetime(2026, 11, 4, 9, tzinfo=UTC)


async def explained(world: World, whom: str | int = 1) -> list[Explanation]:
    async with world.database.read() as session:
        if isinstance(whom, int):
            return await why.of_contact(session, whom, at=world.time.now(), zone=MOSCOW)
        return await why.of_number(session, whom, at=world.time.now(), zone=MOSCOW)


def texts(found: Explanation) -> list[str]:
    return [reason.text for reason in found.reasons]


async def test_who_may_be_called_is_told_with_every_rule_that_allows_it(world: World) -> None:
    await world.campaign([A])
    (found,) = await explained(world)
    assert found.summary == "Позвоним 23.11.2026 09:30 (Europe/Moscow): первый звонок"
    assert all(reason.allows for reason in found.reasons)
    assert {"Часовой пояс номера: Europe/Moscow", "Звонков на этот номер за день: 0 из 2"} <= set(texts(found))
    assert "Часы обзвона в тот день: 09:10–19:50" in texts(found)
    assert (found.patient, found.number) == ("С. И.", "+7916*****01")


async def test_after_no_answer_the_pause_and_the_part_of_the_day_are_told(world: World) -> None:
    await world.campaign([A])
    world.phones.script = {A: [SILENT]}
    await world.run(until=world.time.now() + 5 * MINUTE)
    (found,) = await explained(world)
    assert found.summary == "Позвоним 23.11.2026 12:00 (Europe/Moscow): повтор"
    moves = [reason.text for reason in found.reasons if reason.moves]
    assert any(text.startswith("Пауза после попытки (не ответил): до 23.11.2026 11:3") for text in moves)
    assert moves[-1] == "Не заставали утром: лучше в другую часть дня, 23.11.2026 12:00"
    assert "Звонков на этот номер за день: 1 из 2" in texts(found)
    assert "Попыток без разговора: 1 из 5" in texts(found)


async def test_a_named_time_outside_the_hours_is_told_with_where_it_went(world: World) -> None:
    await world.campaign([A])
    back = Does(result=Result.CALLBACK_REQUESTED, callback=timedelta(hours=13))
    world.phones.script = {A: [back]}
    await world.run(until=world.time.now() + 5 * MINUTE)
    (found,) = await explained(world)
    assert found.summary == "Позвоним 24.11.2026 09:10 (Europe/Moscow): просил перезвонить"
    moves = [reason.text for reason in found.reasons if reason.moves]
    assert [text[:20] for text in moves] == ["Просил позвонить 23.", "Вне часов обзвона: д"]


async def test_a_refusal_to_be_called_is_named(world: World) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        await numbers.do_not_call(session, A, by="test")
    (found,) = await explained(world)
    assert found.summary == "Звонка не будет: просил не звонить"
    assert [reason.text for reason in found.reasons if not reason.allows] == [
        "Не звонить: +7916*****01 с 23.11.2026 09:30 (test)",
        "Номер этого человека в списке «не звонить»",
    ]


async def test_of_several_numbers_the_one_that_is_called_next_is_named(world: World) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        other = Number(e164=B, zone="Asia/Omsk")
        session.add(other)
        await session.flush()
        first = (await session.get_one(Contact, 1)).number_id
        for place, number in enumerate((first, other.id)):
            session.add(ContactNumber(contact_id=1, position=place, number_id=number))
    world.phones.script = {A: [SILENT]}
    await world.run(until=world.time.now() + 5 * MINUTE)
    (found,) = await explained(world)
    assert (found.number, found.zone.key) == ("+7916*****02", "Asia/Omsk")
    assert found.when is not None
    assert any(text.startswith("Последний звонок: 23.11.2026 12:3") for text in texts(found))  # three hours ahead


async def test_advertising_without_a_consent_is_named(world: World) -> None:
    await world.campaign([A], policy=Policy.model_validate({"purpose": "advertising"}))
    (found,) = await explained(world)
    assert found.summary == "Звонка не будет: нет согласия на рекламу"


async def test_a_contact_that_has_ended_says_how(world: World) -> None:
    await world.campaign([A])
    world.phones.script = {A: [CONFIRMS]}
    await world.run()
    (found,) = await explained(world)
    assert found.summary == "Звонка не будет: разговор состоялся"
    assert texts(found)[0] == "Контакт: закончен (разговор состоялся)"


async def test_a_campaign_that_stands_still_is_the_reason(world: World) -> None:
    await world.campaign([A])
    async with world.database.write() as session:
        await campaigns.pause(session, "c")
    (found,) = await explained(world)
    assert found.summary == "Пока не звоним: кампания «c» приостановлена"


async def test_a_number_tells_of_all_its_contacts_in_all_campaigns(world: World) -> None:
    await world.campaign([A, A, B], name="one")
    await world.campaign([A], name="two")
    found = await explained(world, A)
    assert [(one.contact, one.campaign) for one in found] == [(4, "two"), (2, "one"), (1, "one")]


async def test_nobody_is_one_clear_error(world: World) -> None:
    with pytest.raises(CampaignError, match="no such contact"):
        await explained(world, 7)
    with pytest.raises(CampaignError, match=r"\+7916\*\*\*\*\*01: no campaign has a contact"):
        await explained(world, A)


@pytest.mark.parametrize("allows", [True, False])
@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_a_sentence(rule: Rule, allows: bool) -> None:
    ground = Ground(rule, allows=allows, until=HOLIDAY, since=HOLIDAY, used=1, cap=2)
    text = because.sentence(ground, History(number=NumberHistory(zone=MOSCOW)), MOSCOW)
    silent = {Rule.FINISHED, Rule.NUMBER, Rule.MACHINE}
    assert text or (allows and rule in silent)
    assert "None" not in text
