"""What the robot made of each answer, in words: for those who write scenarios."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from voicebot.dialog import hearing
from voicebot.dialog.asked import Around, Asked
from voicebot.dialog.ports import Clock, Reply, ReplyKind
from voicebot.dialog.scenario import Scenario
from voicebot.dialog.steps import Ask, Form, Listens
from voicebot.language.reading import Context, Kind, Question, Reading
from voicebot.language.understanding import understand
from voicebot.outbound import words
from voicebot.store import transcripts
from voicebot.store.database import Database
from voicebot.store.tables import Appointment, AttemptContact, Call, Contact, Turn
from voicebot.store.transcripts import Transcript


@dataclass(kw_only=True)
class Insight:
    """Looks into the store for what is new since the last look."""

    database: Database
    scenario: Scenario
    clock: Clock
    call_id: str
    _told: set[tuple[str, Any]] = field(default_factory=set)

    async def news(self) -> list[str]:
        """One line for each new answer, fact, action and task."""
        async with self.database.read() as session:
            now = await transcripts.of_call(session, self.call_id)
        return [line for key, line in self._lines(now) if self._is_new(key)]

    async def ending(self) -> list[str]:
        """What the talk achieved, and what follows from it."""
        async with self.database.read() as session:
            call = await session.get(Call, self.call_id)
            rows = await session.execute(
                select(AttemptContact, Contact, Appointment)
                .join(Contact, Contact.id == AttemptContact.contact_id)
                .outerjoin(Appointment, Appointment.id == Contact.appointment_id)
                .where(AttemptContact.attempt_id == self.call_id)
            )
            found = [(row[0], row[1], row[2]) for row in rows]
        lines = [f"Итог: {words.RESULTS[call.result]}"] if call and call.result else []
        for achieved, contact, visit in found:
            result = words.RESULTS[achieved.result] if achieved.result else "нет"
            lines.append(f"Итог: {result}{_detail(achieved.detail)}; дальше: {words.CONTACTS[contact.state]}")
            if visit is not None:
                state = words.visit(visit.status, confirmed=visit.confirmed_at is not None)
                lines.append(f"Приём: {state}")
        return lines

    def _is_new(self, key: tuple[str, Any]) -> bool:
        new = key not in self._told
        self._told.add(key)
        return new

    def _lines(self, now: Transcript) -> list[tuple[tuple[str, Any], str]]:
        lines: list[tuple[tuple[str, Any], str]] = []
        lines += [(("turn", turn.no), self._understood(turn)) for turn in now.turns]
        for fact in now.facts:
            told = f"факт {fact.field} = {_json(fact.value)} ({fact.confidence:.2f}, «{fact.words}»)"
            lines.append((("fact", fact.id), told))
        for one in now.operations:
            lines.append((("operation", (one.turn, one.action)), f"действие {one.name}{_detail(one.result)}"))
        for task in now.tasks:
            lines.append((("task", task.id), f"задание сотруднику: {task.kind}{_detail(task.about)}"))
        return lines

    def _understood(self, turn: Turn) -> str:
        kind = ReplyKind(turn.reply_kind or ReplyKind.SILENCE)
        if kind is ReplyKind.SILENCE:
            return f"[{turn.step}] тишина"
        dialogue, step = self.scenario.find(turn.step)
        around = Around(dialogues=(dialogue, self.scenario))
        reply = Reply(kind=kind, text=turn.reply_text, keys=turn.reply_keys, confidence=turn.confidence or 0.0)
        if isinstance(step, Form):
            return "; ".join([f"[{turn.step}]", *self._readings(turn.reply_text, *step.fields.values())])
        assert isinstance(step, Ask)
        heard = hearing.hear(reply, Asked(ask=step, around=around), self.clock.now())
        way = f"событие {heard.event}" if heard.event else f"ответ {heard.branch}" if heard.branch else "не понято"
        return "; ".join([f"[{turn.step}] {way}", *self._readings(turn.reply_text, step)])

    def _readings(self, text: str, *questions: Listens) -> list[str]:
        """Intents and agreement, and the values where the questions ask for something else."""
        if not text:
            return []
        asked = next((one.question for one in questions if isinstance(one, Ask)), Question.PLAIN)
        answer = understand(Kind.ANSWER, text, Context(question=asked, now=self.clock.now()))
        told = [f"согласие: {answer.polarity}"] if answer.polarity else []
        told += [f"намерения: {_values(answer)}"] if answer.values else []
        for one in questions:
            if one.hear is not Kind.ANSWER:
                context = Context(question=asked, now=self.clock.now(), between=one.between)
                values = understand(one.hear, text, context)
                told += [f"{one.hear}: {_values(values)}"] if values.values else []
        return told


def _values(reading: Reading) -> str:
    many = ", ".join(f"{_json(one.value)} {one.confidence:.2f}" for one in reading.values)
    return f"{many} (неоднозначно)" if reading.ambiguous else many


def _detail(about: Any) -> str:
    return f" {_json(about)}" if about else ""


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
