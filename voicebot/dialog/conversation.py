"""The driver: carries a dialogue's effects out on a line and keeps the store true to what was said."""

import logging
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from voicebot.dialog import actions, filler
from voicebot.dialog.actions import Done
from voicebot.dialog.effects import Effect, Finish, Learn, Listen, Perform, Speak
from voicebot.dialog.engine import Dialog
from voicebot.dialog.ports import Reply
from voicebot.dialog.talk import Talk
from voicebot.dialog.turnaround import Stopwatch, Turnaround
from voicebot.errors import HungUp, StoreError
from voicebot.outcomes import Result
from voicebot.store.operations import OperationKey
from voicebot.store.writes import Write

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Conversation:
    """One dialogue on one line."""

    def __init__(self, dialog: Dialog, talk: Talk):
        self._dialog = dialog
        self._talk = talk
        self._stopwatch = Stopwatch()

    async def run(self, *, further: bool = False) -> Result:
        """Talk to the end; exactly one result is in the store afterwards, unless another scenario goes on.

        Raises:
            HungUp: the other side is gone (its result is written).
            StoreError: neither the store nor the journal takes what was said.
        """
        try:
            effects = self._dialog.begin(further=further)
            while effects:
                effects = await self._carry_out(effects)
        except HungUp:
            await self._close(self._dialog.scenario.unfinished)
            raise
        if self._talk.goes_on_as:
            return self._talk.result or Result.COMPLETED
        return await self._close(Result.COMPLETED)

    async def _carry_out(self, effects: Sequence[Effect]) -> list[Effect]:
        """Carry out a batch; gives the next one, empty at the end."""
        for effect in effects:
            match effect:
                case Speak():
                    self._spoke(await self._talk.line.say(effect.prompt))
                case Listen():
                    return await self._listen(effect)
                case Perform():
                    done = await self.perform(effect)
                    return self._dialog.performed(done.outcome, done.values)
                case Learn() | Finish():
                    pass  # facts were stored with their turn
        return []

    async def _listen(self, listen: Listen) -> list[Effect]:
        reply = await self._talk.line.ask(listen.prompt, listen.listening)
        self._spoke(reply.prompt_started)
        effects = self._dialog.answered(reply)
        turnaround = self._stopwatch.taken()  # of the prompt that this reply answers
        self._stopwatch.understood(reply)
        facts = [effect for effect in effects if isinstance(effect, Learn)]
        await self._covered(self._remember(listen, reply, turnaround, facts))
        return effects

    def _spoke(self, started: float | None) -> None:
        """The robot's phrase began: how long had the other side waited for it?"""
        if turnaround := self._stopwatch.spoke(started):
            self._talk.observe(turnaround)

    async def _remember(self, listen: Listen, reply: Reply, waited: Turnaround | None, facts: Sequence[Learn]) -> None:
        """The turn and what was understood in it, in one transaction."""
        latency = waited and waited.total_ms
        at = self._talk.clock.now()
        turn = {
            "call_id": self._talk.call_id,
            "no": listen.turn,
            "step": listen.step,
            "prompt": listen.prompt.text,
            "reply_kind": reply.kind.value,
            "reply_text": reply.text,
            "reply_keys": reply.keys,
            "confidence": reply.confidence,
            "prompt_heard": reply.prompt_heard,
            "reply_latency_ms": latency,
            "end_point_ms": waited and waited.end_point_ms,
            "meaning_ms": waited and waited.meaning_ms,
            "speaking_ms": waited and waited.speaking_ms,
            "at": at,
        }
        understood = [
            {
                "call_id": self._talk.call_id,
                "turn": fact.turn,
                "field": fact.field,
                "value": fact.value,
                "confidence": fact.confidence,
                "words": fact.words,
                "at": at,
            }
            for fact in facts
        ]
        _log.info("turn", extra={"no": listen.turn, "step": listen.step, "kind": reply.kind, "latency_ms": latency})
        await self._talk.keep([Write(what="turn", data=turn), *(Write(what="fact", data=fact) for fact in understood)])

    async def perform(self, perform: Perform) -> Done:
        """Run an action; a store that does not answer is an outcome that every scenario handles."""
        key = OperationKey(call_id=self._talk.call_id, turn=perform.turn, action=perform.index)
        action = actions.REGISTRY[perform.action]
        work = action.act(self._talk, key, perform.arguments)
        try:
            return await (work if action.leaves_line else self._covered(work))
        except StoreError:
            await self._talk.promise_call_back(perform.action, perform.arguments)
            return Done(outcome=actions.UNAVAILABLE)

    async def _covered(self, work: Awaitable[T]) -> T:
        return await filler.covered(work, self._talk.line, self._dialog.scenario.fillers)

    async def _close(self, result: Result) -> Result:
        """Write `result` unless an action wrote another."""
        if self._talk.result is None:
            await self._talk.conclude(result)
        return self._talk.result or result
