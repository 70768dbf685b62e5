"""What is said on a call: the scenario of its attempt, once for every contact, and the store kept true to it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from voicebot.app import answering, desk
from voicebot.config import Settings
from voicebot.dialog import catalog, hearing, template, texts, variables
from voicebot.dialog.conversation import Conversation
from voicebot.dialog.engine import Dialog
from voicebot.dialog.machine_watch import Watch
from voicebot.dialog.ports import Clock, Line, PolicyChecker, Prompt
from voicebot.dialog.scenario import Scenario, recordings
from voicebot.dialog.talk import Talk
from voicebot.dialog.turnaround import Observer, unobserved
from voicebot.errors import MachineAnswered
from voicebot.outbound.policy import Policy, may_leave_message
from voicebot.outcomes import Outcome, Result
from voicebot.speech import models
from voicebot.speech.ear import Ears
from voicebot.speech.phrasebook import Phrasebook
from voicebot.store import attempts
from voicebot.store.attempts import AttemptView, CalledContact
from voicebot.store.database import Database
from voicebot.store.journal import Journal
from voicebot.store.sheets import cells
from voicebot.store.sheets.cells import BadCell
from voicebot.store.tables import Direction
from voicebot.store.writes import Write

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Talks:
    """Runs the talks of one robot."""

    settings: Settings
    database: Database
    clock: Clock
    phrasebook: Phrasebook
    journal: Journal
    ears: Ears | None = None  #: None: machines are not told from people
    insurers: PolicyChecker | None = None  #: asked before the local list of policies
    observe: Observer = unobserved  #: told how long each reply of the robot took

    async def warm_up(self) -> None:
        """Read every scenario, build its grammars, and render what it says to anybody.

        Raises:
            ScenarioError: a scenario cannot be used.
            SpeechError: the voice cannot speak.
            ConfigError: the operators' hours are none.
        """
        known = {"clinic": variables.of_clinic(self.settings.clinic)}
        desk.is_open(self.settings, self.clock.now())  # hours that are none are noticed before the first call
        answering = (self.settings.inbound_scenario, *self.settings.inbound_numbers.values())  # may be files elsewhere
        for name in dict.fromkeys((*catalog.names(), *answering)):
            scenario = await asyncio.to_thread(catalog.find, name)
            await asyncio.to_thread(hearing.warm_up, scenario, self.clock.now())
            await self.phrasebook.prepare(await asyncio.to_thread(texts.fragments, scenario, known))
            for _, text, file in (one for dialogue in scenario.dialogues for one in recordings(dialogue)):
                await self.phrasebook.record(text, file)

    async def prepare(self, attempt_id: str) -> None:
        """Render the phrases of an attempt before its number is dialled.

        Raises:
            SpeechError: the voice cannot speak.
        """
        attempt, scenario = await self._attempt(attempt_id)
        for known in await self._variables(attempt):
            speakable = await asyncio.to_thread(texts.fragments, scenario, known)
            await self.phrasebook.prepare(speakable, tag=f"campaign-{attempt.campaign_id}")

    async def outbound(self, line: Line, attempt_id: str) -> None:
        """Talk about every contact of the attempt; the caller hangs up afterwards.

        Raises:
            HungUp: the other side ended the call first; what was achieved is stored.
        """
        attempt, scenario = await self._attempt(attempt_id)
        async with self._call(line, scenario, number=attempt.number, dialled=attempt.number, attempt_id=attempt_id):
            held: list[Talk] = []
            async with answering.listening_along(line, self.ears, lambda: any(talk.result for talk in held)) as watch:
                try:
                    await line.ask(Prompt(), hearing.greeting(self.settings.turns))
                    turn = 0
                    about = await self._variables(attempt)
                    for index, (contact, known) in enumerate(zip(attempt.contacts, about, strict=True)):
                        held.append(self._talk(line, attempt.number, attempt_id=attempt_id, contact_id=contact.id))
                        dialog = await self._converse(held[-1], scenario, known, turn=turn, further=index > 0)
                        turn = dialog.turn
                except MachineAnswered:
                    await self._with_machine(line, watch, attempt, scenario)

    async def _with_machine(self, line: Line, watch: Watch | None, attempt: AttemptView, scenario: Scenario) -> None:
        """What it "answered" is forgotten; it gets a message where the policy wants that."""
        await self.journal.keep(self.database, [Write(what="unlearn", data={"call_id": line.call_id})])
        try:
            contacts = self._for_machine(attempt)
            if watch is None or not contacts or not await watch.records(self.settings.turns.beep_wait):
                return
            clinic = {"clinic": variables.of_clinic(self.settings.clinic)}
            message, beeps = template.prompt(scenario.machine_message, clinic), watch.beeps
            await line.say(message)
            if watch.beeps > beeps:  # only now it records
                await line.say(message)
            for contact in contacts:
                talk = self._talk(line, attempt.number, attempt_id=attempt.id, contact_id=contact.id)
                await talk.conclude(Result.MESSAGE_LEFT)
        finally:
            await self._close(line, Outcome.MACHINE)

    @staticmethod
    def _for_machine(attempt: AttemptView) -> list[CalledContact]:
        """For whom a message is left if a machine answers."""
        policy = Policy.model_validate(attempt.policy)
        return [contact for contact in attempt.contacts if may_leave_message(policy, contact.messages)]

    async def inbound(self, line: Line, caller: str, dialled: str) -> None:
        """Talk with somebody who has called; the caller hangs up afterwards.

        Raises:
            HungUp: the other side ended the call first.
        """
        name = self.settings.inbound_numbers.get(dialled, self.settings.inbound_scenario)
        scenario = await asyncio.to_thread(catalog.find, name)
        async with self._call(line, scenario, number=caller, dialled=dialled):
            known = {
                "clinic": variables.of_clinic(self.settings.clinic),
                "desk": {"open": desk.is_open(self.settings, self.clock.now())},
            }
            talk = self._talk(line, self._e164(caller))
            dialog = await self._converse(talk, scenario, known)
            while talk.goes_on_as:
                scenario, talk.goes_on_as = await asyncio.to_thread(catalog.find, talk.goes_on_as), ""
                dialog = await self._converse(
                    talk, scenario, known, turn=dialog.turn, further=True, told=dialog.answers
                )

    def _e164(self, caller: str) -> str:
        """As patients' numbers are kept; what is none (withheld, of the PBX) as it came."""
        try:
            return cells.phone(caller, self.settings.clinic.country)
        except BadCell:
            return caller

    async def _converse(
        self,
        talk: Talk,
        scenario: Scenario,
        known: Mapping[str, Any],
        *,
        turn: int = 0,
        further: bool = False,
        told: Mapping[str, Any] | None = None,
    ) -> Dialog:
        """One dialogue to its end."""
        dialog = Dialog(
            scenario,
            known,
            now=self.clock.now,
            turns=self.settings.turns,
            turn=turn,
            dictates=models.dictates(self.settings.speech.model),
            variant=crc32(talk.call_id.encode()),
            told=told,
        )
        result = await Conversation(dialog, talk).run(further=further)
        _log.info("talk ended", extra={"result": result, "turns": dialog.turn})
        return dialog

    def _talk(self, line: Line, number: str, **about: Any) -> Talk:
        return Talk(
            line=line,
            database=self.database,
            clock=self.clock,
            journal=self.journal,
            insurers=self.insurers,
            observe=self.observe,
            number=number,
            **about,
        )

    @asynccontextmanager
    async def _call(
        self, line: Line, scenario: Scenario, *, number: str, dialled: str, attempt_id: str | None = None
    ) -> AsyncIterator[None]:
        """The call's row: opened now (it was answered), closed whatever happens."""
        now = self.clock.now()
        call = {
            "call_id": line.call_id,
            "direction": (Direction.OUTBOUND if attempt_id else Direction.INBOUND).value,
            "number": number,
            "dialled": dialled,
            "attempt_id": attempt_id,
            "scenario": scenario.name,
            "started_at": now,
        }
        answered = {"call_id": line.call_id, "at": now}
        await self.journal.keep(self.database, [Write(what="call", data=call), Write(what="answered", data=answered)])
        try:
            yield
        finally:
            await self._close(line, Outcome.ANSWERED)

    async def _close(self, line: Line, outcome: Outcome) -> None:
        """The call is over; the first word on its outcome stands."""
        end = {"call_id": line.call_id, "ended_at": self.clock.now(), "outcome": outcome.value}
        await self.journal.keep(self.database, [Write(what="close", data=end)])

    async def _attempt(self, attempt_id: str) -> tuple[AttemptView, Scenario]:
        async with self.database.read() as session:
            attempt = await attempts.get(session, attempt_id)
        return attempt, await asyncio.to_thread(catalog.find, attempt.scenario)

    async def _variables(self, attempt: AttemptView) -> list[dict[str, Any]]:
        async with self.database.read() as session:
            return await variables.of_call(session, [one.id for one in attempt.contacts], self.settings.clinic)
