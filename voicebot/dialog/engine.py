"""The dialogue as a sans-I/O state machine: replies and outcomes in, effects out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from voicebot.config import Turns
from voicebot.dialog import hearing, template
from voicebot.dialog.effects import Effect, Finish, Learn, Listen, Perform, Speak
from voicebot.dialog.ports import Prompt, Reply, ReplyKind
from voicebot.dialog.scenario import END, Ask, Do, Say, Scenario

#: So many steps in a row without a question or an action mean an endless loop of `say` steps.
_MOST_SILENT_STEPS = 50


class Dialog:
    """One talk about one contact.

    A driver calls `begin`, carries the effects out in their order, and brings back what the last one asks for:
    `answered` after `Listen`, `performed` after `Perform`, nothing after `Finish`.
    """

    def __init__(
        self,
        scenario: Scenario,
        variables: Mapping[str, Any],
        *,
        now: Callable[[], datetime],
        turns: Turns | None = None,
        turn: int = 0,
    ) -> None:
        self.scenario = scenario
        self._turns = turns or Turns()
        self.turn = turn  #: number of the last question asked in this call
        self._now = now
        self._answers: dict[str, Any] = {}
        self._variables = {**variables, "answers": self._answers}
        self._step = scenario.start
        self._actions = 0  # of this turn
        self._misses = {"noinput": 0, "nomatch": 0}
        self._pending = Prompt()

    @property
    def answers(self) -> Mapping[str, Any]:
        """What has been learnt, by field."""
        return self._answers

    def begin(self, *, further: bool = False) -> list[Effect]:
        """Start; `further` when this is not the first contact that the call is about."""
        return self._go(self.scenario.further if further else self.scenario.start)

    def answered(self, reply: Reply) -> list[Effect]:
        """The reply to the question asked last."""
        step = self._asking()
        if reply.kind is ReplyKind.SILENCE:
            return self._missed("noinput", step)
        heard = hearing.hear(reply, step, self.scenario, self._now(), self._against(step))
        if heard.event is not None:
            event = self.scenario.events.get(heard.event)
            if event is None:
                return self._ask(step, step.ask)
            if event.go:
                return self._go(event.go)
            return self._ask(step, f"{event.say} {step.ask}")
        if not heard.branch or heard.branch not in step.on:
            return self._missed("nomatch", step)
        field = step.field or self._step
        self._answers[field] = heard.value
        fact = Learn(turn=self.turn, field=field, value=heard.value, confidence=heard.confidence, words=heard.words)
        return [fact, *self._go(step.on[heard.branch])]

    def performed(self, outcome: str, values: Mapping[str, Any]) -> list[Effect]:
        """The outcome of the action asked for last; its values become variables."""
        step = self.scenario.steps[self._step]
        if not isinstance(step, Do):
            raise TypeError(f"step {self._step!r} performs nothing")
        self._variables.update(values)
        return self._go(step.on[outcome])

    def _against(self, step: Ask) -> str:
        return template.render(step.against, self._variables) if step.against else ""

    def _asking(self) -> Ask:
        step = self.scenario.steps[self._step]
        if not isinstance(step, Ask):
            raise TypeError(f"step {self._step!r} asks nothing")
        return step

    def _missed(self, kind: str, step: Ask) -> list[Effect]:
        """Nothing, or nothing usable, was said: the next prompt of the list, then the way out."""
        prompts = step.noinput if kind == "noinput" else step.nomatch
        count = self._misses[kind]
        self._misses[kind] += 1
        if count < len(prompts):
            return self._ask(step, prompts[count])
        return self._go(step.failed or self.scenario.failed)

    def _go(self, target: str) -> list[Effect]:
        """Walk from `target` to the next question, action or the end."""
        for _ in range(_MOST_SILENT_STEPS):
            if target == END:
                return [*self._spoken(), Finish()]
            self._step = target
            step = self.scenario.steps[target]
            if isinstance(step, Ask):
                self._misses = dict.fromkeys(self._misses, 0)
                return self._ask(step, step.ask)
            if isinstance(step, Do):
                return [*self._spoken(), self._perform(step)]
            self._say(step)
            target = step.next
        raise RecursionError(f"scenario {self.scenario.name!r} loops through {target!r} without a question")

    def _say(self, step: Say) -> None:
        self._pending += template.prompt(step.say, self._variables)

    def _spoken(self) -> list[Effect]:
        """What `say` steps left to be said, as an effect."""
        prompt, self._pending = self._pending, Prompt()
        return [Speak(prompt=prompt)] if prompt.fragments else []

    def _ask(self, step: Ask, text: str) -> list[Effect]:
        """`say` steps before a question are spoken with it: the other side may answer while they last."""
        prompt, self._pending = self._pending + template.prompt(text, self._variables), Prompt()
        self.turn += 1
        self._actions = 0
        listening = hearing.listening(step, self.scenario, self._turns, self._now(), self._against(step))
        return [Listen(turn=self.turn, step=self._step, prompt=prompt, listening=listening)]

    def _perform(self, step: Do) -> Perform:
        self._actions += 1
        return Perform(
            turn=self.turn,
            index=self._actions,
            step=self._step,
            action=step.do,
            arguments={name: template.render(text, self._variables) for name, text in step.arguments.items()},
        )
