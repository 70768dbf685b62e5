"""Forty people over ten lines: every outcome that a network can give, as the city gave it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot.bench.checker import Listed, Record, check
from voicebot.bench.checker_rules import Rules
from voicebot.outbound import campaigns
from voicebot.outbound.policy.model import MachineRule
from voicebot.outcomes import Outcome, Result
from voicebot.simulator.persona import persona
from voicebot.simulator.subscriber import Subscriber
from voicebot.simulator.voices import Voice
from voicebot.simulator.witness import Seen, Witness

from .street import ONCE, begin, ended, invites, over, street, taken_lines

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

#: What answers (a persona, or a SIP status) → how the attempt must end.
OUTCOMES: dict[str | int, Outcome] = {
    486: Outcome.BUSY,
    "announcement": Outcome.MACHINE,
    600: Outcome.BUSY,
    "confirms": Outcome.ANSWERED,
    404: Outcome.INVALID_NUMBER,
    503: Outcome.CONGESTION,
    480: Outcome.NO_ANSWER,
    "no_answer": Outcome.NO_ANSWER,
    603: Outcome.REJECTED,
    "voicemail": Outcome.MACHINE,
    403: Outcome.REJECTED,
    488: Outcome.FAILED,
    408: Outcome.UNREACHABLE,
    "hangs_up": Outcome.ANSWERED,
    484: Outcome.INVALID_NUMBER,
    500: Outcome.CONGESTION,
    "rejects": Outcome.REJECTED,
    "answering_machine": Outcome.MACHINE,
    "not_in_service": Outcome.INVALID_NUMBER,
    "talks_on": Outcome.ANSWERED,
}
_SEEN = {
    Outcome.ANSWERED: Seen.ANSWERED,
    Outcome.MACHINE: Seen.ANSWERED,
    Outcome.NO_ANSWER: Seen.RANG,
}


def record(witness: Witness, outcome: Outcome) -> Record:
    """What the checker reads, out of the city's own testimony."""
    lasted = timedelta(seconds=(witness.ended_at or 0) - (witness.answered_at or witness.ended_at or 0))
    return Record(
        number=witness.number,
        campaign="street",
        at=witness.invited,
        ended_at=witness.invited + lasted,
        outcome=outcome.value,
    )


async def test_forty_people_over_ten_lines_end_as_the_city_made_them(tmp_path: Path) -> None:
    who = [*OUTCOMES, *OUTCOMES]
    async with street(tmp_path, who, lines=10) as (on, members):
        await begin(on)
        await over(on, timedelta(minutes=5))
        await on.city.quiet()
        found, seen = await ended(on), invites(on)
        free = await taken_lines(on) == 0
    wanted = {member.number: OUTCOMES[kind] for member, kind in zip(members, who, strict=True)}
    # A claim that the store was too slow to confirm was never dialled, and is made again.
    dialled = {
        number: [one.outcome for one in attempts if one.outcome is not Outcome.NOT_DIALLED]
        for number, attempts in found.items()
    }
    assert dialled == {number: [outcome] for number, outcome in wanted.items()}
    assert {number: len(calls) for number, calls in seen.items()} == dict.fromkeys(wanted, 1)
    for number, [witness] in seen.items():
        expected = Seen.REFUSED if witness.status else _SEEN[wanted[number]]
        assert witness.seen is expected, number
        if isinstance(kind := who[int(number[-7:])], int):
            assert witness.status == kind
    assert free
    results = {found[member.number][-1].result for member, kind in zip(members, who, strict=True) if kind == "confirms"}
    assert results == {Result.CONFIRMED}
    listed = [
        Listed(id=no, campaign="street", numbers=(one.number,), zone="Europe/Moscow") for no, one in enumerate(members)
    ]
    records = [record(witness, wanted[number]) for number, calls in seen.items() for witness in calls]
    rules = {"street": Rules.read(ONCE.model_dump(mode="json"))}
    judged = check(records, listed, rules, until=datetime.now(UTC))  # a full network's victims still wait
    assert judged.total == 0, judged.examples


async def test_a_message_is_left_after_the_beep_or_in_the_silence_where_none_comes_and_only_one(tmp_path: Path) -> None:
    policy = ONCE.model_copy(update={"machine": MachineRule.LEAVE_MESSAGE})
    async with street(tmp_path, ["voicemail", "announcement", "confirms", "voicemail"], lines=4) as (on, members):
        mute = {"greets": "вас приветствует автоответчик… оставьте сообщение", "beeps": False}
        silent = Subscriber(
            number=members[-1].number, persona=persona("voicemail").model_copy(update=mute), voice=Voice.numbered(0)
        )
        await on.city.add(silent)
        await begin(on, policy=policy)
        await over(on, timedelta(minutes=5))
        await on.city.quiet()
        found, seen = await ended(on), invites(on)
    voicemail, announcement, person, beepless = (member.number for member in members)
    [left], [none], [talk], [kept] = found[voicemail], found[announcement], found[person], found[beepless]
    assert (left.outcome, left.result) == (kept.outcome, kept.result) == (Outcome.MACHINE, Result.MESSAGE_LEFT)
    assert (none.outcome, none.result) == (Outcome.MACHINE, None)
    assert (talk.outcome, talk.result) == (Outcome.ANSWERED, Result.CONFIRMED)
    [witness] = seen[voicemail]
    beeped = witness.said[-1].ended + 0.5  # until then the robot greets, as it greets people
    message = [part for part in witness.heard[-1].parts if part.ended > beeped]
    assert message[-1].ended - beeped > 3
    assert message[-1].text.endswith("до свидания")
    assert witness.errors == ()
    [witness] = seen[beepless]
    assert witness.heard[-1].parts[-1].text.endswith("до свидания")
    assert witness.heard[-1].parts[-1].ended - witness.said[-1].ended > 2 + 3


async def test_a_campaign_stopped_while_telephones_ring_cancels_them(tmp_path: Path) -> None:
    async with street(tmp_path, ["no_answer", "no_answer"], lines=2) as (on, members):
        await begin(on)
        async with asyncio.timeout(20):
            while len(on.city.witnesses()) < 2:  # noqa: ASYNC110 (the city tells nobody)
                await asyncio.sleep(0.1)
        async with on.database.write() as session:
            await campaigns.stop(session, "street")
        await over(on, timedelta(seconds=20))
        found = await ended(on)
    assert [found[member.number][0].outcome for member in members] == [Outcome.CANCELLED] * 2
