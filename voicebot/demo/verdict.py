"""Did every person's call end as it should, and did they hear what is true? The city's word against the store's."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from voicebot.demo import stored
from voicebot.demo.cast import LINES_IN, OPERATOR, Member
from voicebot.demo.stored import Stored
from voicebot.demo.telephones import played_by
from voicebot.outcomes import Outcome, Result
from voicebot.simulator.facts import Fact
from voicebot.simulator.persona import Ends, Persona
from voicebot.simulator.subscriber import line_of
from voicebot.simulator.witness import Seen, Witness
from voicebot.store.database import Database
from voicebot.telephony.handover import decode

_GOODBYES = ("до свидания", "хорошего дня")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One person of the cast."""

    member: Member
    persona: Persona  #: who answered last
    stored: Stored
    witnesses: tuple[Witness, ...]
    misheard: tuple[str, ...] = ()  #: what the person was not told, or told wrongly, as far as they heard
    ended_wrong: tuple[str, ...] = ()  #: where store and network differ from how it should end
    wrong_facts: tuple[str, ...] = ()  #: what was written down and is not so

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as it should be."""
        return (*self.misheard, *self.ended_wrong, *self.wrong_facts)

    @property
    def looked_after(self) -> bool:
        """Whether the talk ended with a person, with a task for one, or with a goodbye."""
        heard = " ".join(phrase.text for witness in self.witnesses for phrase in witness.heard)
        return bool(
            self.stored.result is Result.TRANSFERRED or self.stored.tasks or any(word in heard for word in _GOODBYES)
        )

    @property
    def latencies_ms(self) -> list[int]:
        """From the end of each answer to the robot's reply, at the person's ear."""
        return [reply.milliseconds for witness in self.witnesses for reply in witness.replies]

    @property
    def greetings_ms(self) -> list[int]:
        """From the end of “алло” to the robot's greeting."""
        return [witness.greeting.milliseconds for witness in self.witnesses if witness.greeting]

    @property
    def heard(self) -> dict[str, Any]:
        """Facts by kind, as they were understood at the person's ear."""
        facts: dict[str, Any] = {}
        for witness in self.witnesses:
            facts |= {
                kind.value: values[0] if len(values) == 1 else list(values) for kind, values in witness.facts.items()
            }
        return facts

    def as_json(self) -> dict[str, Any]:
        """The shape of `voicebot demo --json`."""
        return {
            "name": self.member.patient.full_name,
            "scenario": self.member.scenario,
            "persona": self.member.persona,
            "outcome": self.stored.outcome,
            "result": self.stored.result,
            "attempts": self.stored.attempts,
            "turns": self.stored.turns,
            "tasks": list(self.stored.tasks),
            "facts": dict(self.stored.facts),
            "heard": self.heard,
            "reply_latency_ms": self.latencies_ms,
            "greeting_latency_ms": self.greetings_ms,
            "faults": list(self.faults),
        }


#: The visit's state after a talk with this result; after any other it is as it was.
_VISITS = {
    Result.CONFIRMED: stored.CONFIRMED,
    Result.CANCELLED: stored.CANCELLED,
    Result.RESCHEDULED: stored.MOVED,
    Result.BOOKED: stored.BOOKED,
}


async def judge(
    database: Database, people: Sequence[Member], witnesses: Sequence[Witness], zone: tzinfo
) -> list[Verdict]:
    """One verdict for every person of the cast."""
    verdicts = []
    async with database.read() as session:
        for member in people:
            found = await stored.of_member(session, member)
            seen = tuple(one for one in witnesses if line_of(_subscriber(one)) == line_of(member.number))
            # Who answers the second call may be in another mood than who answered the first.
            keys = [one.persona for one in seen if one.persona] or [member.persona]
            players = [played_by(key, member) for key in keys]
            player = players[-1]
            ended = [*_ended(player.ends, found, seen), *_visit(player.ends, member, found, seen, zone)]
            ended += _case(player.ends, member, found)
            if found.result is Result.TRANSFERRED and not member.calls:
                ended += _untold(member, witnesses)
            verdicts.append(
                Verdict(
                    member=member,
                    persona=player,
                    stored=found,
                    witnesses=seen,
                    misheard=tuple(
                        error for witness in seen if witness.seen is Seen.ANSWERED for error in witness.errors
                    ),
                    ended_wrong=tuple(ended),
                    wrong_facts=tuple(_wrong_facts(players, found)),
                )
            )
    return verdicts


def _ended(ends: Ends, found: Stored, seen: Sequence[Witness]) -> Iterator[str]:
    """What is not as the persona says."""
    yield from (witness.fault for witness in seen if witness.fault and witness.seen is not Seen.ANSWERED)
    if not seen:
        yield "nobody called"
    if len(seen) != found.attempts:
        yield f"the network saw {len(seen)} calls, the store knows {found.attempts}"
    if found.outcome is not ends.outcome:
        yield f"outcome {found.outcome}, should be {ends.outcome}"
    if found.result is not ends.result:
        yield f"result {found.result}, should be {ends.result}"
    if seen and (seen[-1].seen is Seen.ANSWERED) != (ends.outcome in (Outcome.ANSWERED, Outcome.MACHINE)):
        yield f"the network says {seen[-1].seen}"
    for task in set(ends.tasks) - set(found.tasks):
        yield f"no task {task}"


def _case(ends: Ends, member: Member, found: Stored) -> Iterator[str]:
    """The case that was opened; with the patient's own birth date, and the number they call from."""
    if ends.case is None or found.case is None:
        if ends.case is not found.case:
            yield "no case was opened" if found.case is None else "a case was opened"
        return
    wanted = {"number": member.number, **ends.case}
    if member.insurance:
        wanted["birth_date"] = member.patient.birth_date
    for column, value in wanted.items():
        if found.case[column] != value:
            yield f"the case's {column} is {found.case[column]!r}, should be {value!r}"


def _visit(ends: Ends, member: Member, found: Stored, seen: Sequence[Witness], zone: tzinfo) -> Iterator[str]:
    """The appointment's state; and what was booked must be what the person was told."""
    had = stored.BOOKED if member.visit else ""
    changed = _VISITS.get(ends.result) if ends.result else None
    wanted = changed if changed and (member.visit or ends.result is Result.BOOKED) else had
    if found.visit != wanted:
        yield f"the visit is “{found.visit}”, should be “{wanted}”"
    if not (ends.takes and found.visit_at and seen):
        return
    at, facts = found.visit_at.astimezone(zone), seen[-1].facts
    for kind, value in ((Fact.DATE, f"{at:%Y-%m-%d}"), (Fact.TIME, f"{at:%H:%M}")):
        if value not in facts.get(kind, ()):
            yield f"booked is {kind} {value}, which the person was not told"


def _wrong_facts(people: Iterable[Persona], found: Stored) -> Iterator[str]:
    """What was noted and none of those who answered said."""
    told = [one.ends.facts for one in people if one.ends.facts is not None]
    for field, value in found.facts.items() if told else ():
        if value == "":  # of this answer no word was heard: nothing was noted
            continue
        if not any(field in facts and _may_be(value, facts[field]) for facts in told):
            yield f"noted {field}: {value}, which was not said"


def _may_be(value: Any, said: Any) -> bool:
    return said is None or value == said or (isinstance(said, list) and value in said)


def _subscriber(witness: Witness) -> str:
    """Whose telephone of the city it was: the called one, or, of a call to the robot, the calling one."""
    return witness.caller_id if witness.number in LINES_IN else witness.number


def _untold(member: Member, witnesses: Sequence[Witness]) -> list[str]:
    """The operator who took the call must know of whom it is."""
    told = [decode(one.handover).facts.get("patient") for one in witnesses if one.number == OPERATOR and one.handover]
    return [] if member.patient.full_name in told else ["no operator was told who is calling"]
