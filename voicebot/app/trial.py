"""Written talks, held with the real engine and actions on a store of their own, and compared with what is expected."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from voicebot.app import trial_store
from voicebot.app.trial_store import CALL, FixedClock
from voicebot.config import Clinic, Settings
from voicebot.dialog import catalog, variables
from voicebot.dialog.actions import Done
from voicebot.dialog.conversation import Conversation
from voicebot.dialog.effects import Perform
from voicebot.dialog.engine import Dialog
from voicebot.dialog.scenario import Edge, Scenario
from voicebot.dialog.scripted import ScriptedLine
from voicebot.dialog.talk import Talk
from voicebot.dialog.talkfile import NOTHING_MORE, Case, TalkFile
from voicebot.errors import HungUp, VoicebotError
from voicebot.outcomes import Result
from voicebot.store import transcripts
from voicebot.store.database import Database
from voicebot.store.tables import AttemptContact
from voicebot.store.tables import Call as CallRow

_PATIENCE = timedelta(seconds=30)


@dataclass(kw_only=True)
class Shown:
    """What a talk came to."""

    case: Case
    said: list[str] = field(default_factory=list)
    path: list[Edge] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    answers: int = 0  #: so many of the written answers were asked for
    error: str = ""

    def faults(self) -> Iterator[str]:
        """Where it differs from what is written."""
        if self.error:
            yield self.error
            return
        yield from self._unsaid(" ".join(" ".join(self.said).split()))
        for words in self.case.never:
            if words in " ".join(self.said):
                yield f"the robot said {words!r}"
        if self.answers < len(self.case.says):
            yield f"{self.case.says[self.answers]!r} was not asked for"
        for what, expected, found_ in (
            ("results", list(self.case.result), self.results),
            ("facts", self.case.facts, self.facts),
            ("actions", None if self.case.does is None else list(self.case.does), self.done),
            ("tasks", list(self.case.tasks), self.tasks),
        ):
            if expected is not None and expected != found_:
                yield f"{what}: {found_} instead of {expected}"

    def _unsaid(self, rest: str) -> Iterator[str]:
        """What the robot was to say, and did not; `rest`: all that it said."""
        for words in self.case.robot:
            if words == NOTHING_MORE:
                if rest.strip():
                    yield f"the robot went on: {rest.strip()!r}"
                return
            before, found, after = rest.partition(" ".join(words.split()))
            if not found:
                yield f"the robot did not say {words!r}, but {before[-200:]!r}"
                return
            rest = after


class Trials:
    """Holds talks in a folder of its own."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._template = trial_store.template(folder)
        self._folder, self._settings = folder, settings

    async def hold(self, scenario: Scenario, talks: TalkFile, case: Case) -> Shown:
        """One talk; an error of the scenario is part of what it shows."""
        file = self._folder / "talk.db"
        shutil.copyfile(self._template, file)
        clock = FixedClock(talks.clinic.now.replace(tzinfo=self._settings.clinic.zone))
        database = Database(f"sqlite:///{file}", timeout=_PATIENCE, clock=clock.now)
        shown = Shown(case=case)
        try:
            contacts = await trial_store.furnish(database, scenario, talks.clinic, case, self._settings.clinic)
            clinic = self._settings.clinic.model_copy(update={"messenger": case.messenger})
            about = await _about(database, contacts, clinic, desk_open=case.desk)
            await self._talk(shown, scenario, database, clock, contacts, about)
            await _look(shown, database, contacts)
        finally:
            await database.close()
            for rest in self._folder.glob("talk.db*"):
                rest.unlink()
        return shown

    async def _talk(
        self,
        shown: Shown,
        scenario: Scenario,
        database: Database,
        clock: FixedClock,
        contacts: Sequence[int],
        about: Sequence[Mapping[str, Any]],
    ) -> None:
        case = shown.case
        line = ScriptedLine(answers=case.says, call_id=CALL, operator_free=case.operator)
        outcomes = {step: list(many) for step, many in case.outcomes.items()}
        turn = 0
        try:
            with contextlib.suppress(HungUp):
                whose: Sequence[int | None] = contacts or [None]
                for index, (contact, known) in enumerate(zip(whose, about, strict=True)):
                    talk = Talk(line=line, database=database, clock=clock, number=case.caller)
                    talk.attempt_id, talk.contact_id = (CALL, contact) if contact else (None, None)
                    turn = await self._converse(shown, scenario, talk, known, outcomes, turn=turn, further=index > 0)
        except (VoicebotError, RecursionError, KeyError, TypeError, ValueError) as error:
            shown.error = f"{type(error).__name__}: {error}"
        finally:
            shown.said, shown.answers = line.said, len(line.listened)

    @staticmethod
    async def _converse(
        shown: Shown,
        scenario: Scenario,
        talk: Talk,
        known: Mapping[str, Any],
        outcomes: dict[str, list[str]],
        *,
        turn: int,
        further: bool,
    ) -> int:
        """One dialogue, and those that it hands the talk over to; gives the number of the last turn."""
        told: Mapping[str, Any] = {}
        while True:
            dialog = Dialog(scenario, known, now=talk.clock.now, turn=turn, dictates=shown.case.dictates, told=told)
            try:
                await _Staged(dialog, talk, outcomes, shown.done).run(further=further)
            finally:
                shown.path.extend(dialog.path)
            if not talk.goes_on_as:
                return dialog.turn
            scenario, talk.goes_on_as = catalog.find(talk.goes_on_as), ""
            turn, further, told = dialog.turn, True, dialog.answers


async def _about(
    database: Database, contacts: Sequence[int], clinic: Clinic, *, desk_open: bool
) -> Sequence[Mapping[str, Any]]:
    """What each dialogue of the call knows."""
    if not contacts:
        return [{"clinic": variables.of_clinic(clinic), "desk": {"open": desk_open}}]
    async with database.read() as session:
        return await variables.of_call(session, contacts, clinic)


class _Staged(Conversation):
    """A conversation whose actions end as the talk says, where it says so."""

    def __init__(self, dialog: Dialog, talk: Talk, outcomes: dict[str, list[str]], done: list[str]) -> None:
        super().__init__(dialog, talk)
        self._outcomes, self._done = outcomes, done

    async def perform(self, perform: Perform) -> Done:
        self._done.append(perform.action)
        if staged := self._outcomes.get(perform.step):
            return Done(outcome=staged.pop(0))
        return await super().perform(perform)


async def _look(shown: Shown, database: Database, contacts: Sequence[int]) -> None:
    """What the talk has left in the store."""
    async with database.read() as session:
        left = await transcripts.of_call(session, CALL)
        shown.facts = {fact.field: fact.value for fact in left.facts}
        shown.tasks = [task.kind for task in left.tasks]
        if contacts:
            rows = await session.scalars(select(AttemptContact).order_by(AttemptContact.contact_id))
            shown.results = [row.result for row in rows if row.result]
        else:
            result = await session.scalar(select(CallRow.result))
            shown.results = [result] if result else []
