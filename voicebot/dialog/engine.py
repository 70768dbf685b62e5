"""The dialogue as a sans-I/O state machine: replies and outcomes in, effects out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from voicebot.config import Turns
from voicebot.dialog import asked, frames, hearing, template
from voicebot.dialog.asked import Around, Asked
from voicebot.dialog.effects import Effect, Finish, Learn, Listen, Perform, Speak
from voicebot.dialog.filling import Filling
from voicebot.dialog.frames import Frame
from voicebot.dialog.hearing import Heard, Told
from voicebot.dialog.ports import Prompt, Reply, ReplyKind
from voicebot.dialog.scenario import Edge, Scenario, Shared
from voicebot.dialog.steps import END, NEXT, Ask, Call, Do, Form, Keys, Needs, Say, Way
from voicebot.language.reading import Intent

#: So many steps, or actions, in a row without a question mean an endless loop.
_MOST_SILENT_STEPS = 200
_MOST_ACTIONS = 50
#: Who has a question repeated more often does not hear it, or is heard wrongly: “нет, не надо” as “не понял, надо”.
_MOST_TIMES_AGAIN = 3


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
        dictates: bool = False,
        variant: int = 0,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """
        Args:
            variables: what the scenario's texts may name.
            turn: number of the last question asked in this call.
            dictates: whether the speech model takes free speech; otherwise `fallback` is gone.
            variant: which of several texts this call begins with.
            told: answers by field that another scenario was given before; they are not asked for again.
        """
        self.scenario = scenario
        self.turn = turn
        self.path: list[Edge] = []  #: the ways that were gone, and where the talk stayed at a question
        self._turns = turns or Turns()
        self._last_turn = turn + scenario.most_turns
        self._now = now
        self._dictates = dictates
        self._variant = variant
        self._frames = [Frame(dialogue=scenario, variables=dict(variables), step=scenario.start)]
        self._frame.answers.update(told or {})
        self._frame.ahead.update(told or {})
        self._question: Asked | None = None
        self._filling: Filling | None = None
        self._actions = 0  # of this turn
        self._pending = Prompt()

    @property
    def answers(self) -> Mapping[str, Any]:
        """What the scenario itself has learnt, by field."""
        return self._frames[0].answers

    def begin(self, *, further: bool = False) -> list[Effect]:
        """Start; `further` when this is not the first contact that the call is about."""
        return self._go(self.scenario.further if further else self.scenario.start)

    def answered(self, reply: Reply) -> list[Effect]:
        """The reply to the question asked last."""
        question = self._question
        if question is None:
            raise TypeError(f"step {self._frame.step!r} asks nothing")
        if self.turn >= self._last_turn:
            return self._give_up()
        if reply.kind is ReplyKind.SILENCE:
            return self._missed("noinput", question)
        heard = hearing.hear(reply, question, self._now())
        if heard.event is not None:
            return self._happens(heard.event, question)
        if self._filling is not None:
            return self._fill(self._filling, heard, question)
        if heard.branch not in question.ask.on:
            return self._missed("nomatch", question)
        name = question.ask.field or self._frame.step
        own = Told(field=name, value=heard.value, confidence=heard.confidence, words=heard.words)
        self._frame.ahead.update(told.field for told in heard.told)
        learnt = self._learn([own, *heard.told])
        return [*learnt, *self._leave(("on", heard.branch), question.ask.on[heard.branch])]

    def performed(self, outcome: str, values: Mapping[str, Any]) -> list[Effect]:
        """The outcome of the action asked for last; its values become variables."""
        step = self._frame.dialogue.steps[self._frame.step]
        if not isinstance(step, Do):
            raise TypeError(f"step {self._frame.step!r} performs nothing")
        self._frame.variables.update(values)
        return self._leave(("on", outcome), step.on[outcome])

    @property
    def _frame(self) -> Frame:
        return self._frames[-1]

    def _give_up(self) -> list[Effect]:
        """The talk is as long as any may be: the scenario's way out, and then the end."""
        if self.turn > self._last_turn:
            return [Finish()]
        del self._frames[1:]
        return self._follow(("failed",), self.scenario.failed)

    def _learn(self, told: Sequence[Told]) -> list[Effect]:
        """Values become answers, and facts; one that only says that other fields were told is no fact."""
        self._frame.answers.update((one.field, one.value) for one in told)
        return [
            Learn(turn=self.turn, field=one.field, value=one.value, confidence=one.confidence, words=one.words)
            for one in told
            if one.value is not None
        ]

    def _happens(self, intent: Intent, question: Asked) -> list[Effect]:
        """An event: leave for it as many sub-dialogues as it is outside of, or answer it and ask again, some times."""
        depth, event = question.around.events.get(intent, (0, None))
        if event is not None and event.go is not None:
            del self._frames[len(self._frames) - depth :]
            return self._follow(("events", intent.value), event.go)
        self._frame.misses["again"] += 1
        if self._frame.misses["again"] > _MOST_TIMES_AGAIN:
            return self._missed("nomatch", question)
        self._mark("events", intent.value, "say")
        said = template.prompt(event.say, self._frames[-1 - depth].variables) if event else Prompt()
        return self._ask(question, Prompt(fragments=said.fragments + self._question_text(question).fragments))

    def _missed(self, kind: str, question: Asked) -> list[Effect]:
        """Nothing, or nothing usable, was said: the next prompt of the list, then the way out."""
        prompts = question.ask.noinput if kind == "noinput" else question.ask.nomatch
        count = self._frame.misses[kind]
        self._frame.misses[kind] += 1
        if count < len(prompts):
            self._mark("steps", self._frame.step, kind)
            return self._ask(question, template.prompt(prompts[count], self._frame.variables))
        if self._filling is not None and self._filling.narrow():
            return self._ask_field(self._filling)
        return self._fail(question)

    def _fail(self, question: Asked) -> list[Effect]:
        if question.ask.failed is not None:
            return self._leave(("failed",), question.ask.failed)
        return self._follow(("failed",), self._frame.dialogue.failed or self.scenario.failed)

    def _leave(self, key: Keys, ways: Sequence[Way]) -> list[Effect]:
        """Out of the present step by one of its ways."""
        return self._follow(("steps", self._frame.step, *key), ways)

    def _follow(self, path: Keys, ways: Sequence[Way]) -> list[Effect]:
        return self._go(self._chosen(path, ways))

    def _chosen(self, path: Keys, ways: Sequence[Way]) -> str:
        place, way = self._frame.chosen(ways)
        self._mark(*path, *(() if len(ways) == 1 else (str(place),)))
        return way.go

    def _mark(self, *path: str) -> None:
        self.path.append(Edge(self._frame.dialogue.called, path))

    def _go(self, target: str) -> list[Effect]:
        """Walk from `target` to the next question, action or the end."""
        self._question = self._filling = None
        for _ in range(_MOST_SILENT_STEPS):
            if target == END:
                return [*self._spoken(), Finish()]
            frame = self._frame
            if isinstance(frame.dialogue, Shared) and target in frame.dialogue.ends:
                target = self._return(frame.dialogue, target)
                continue
            if target != NEXT:
                frame.step = target
            step = frame.dialogue.steps[frame.step]
            here = ("steps", frame.step)
            match step:
                case Say():
                    self._say(step)
                    target = self._chosen((*here, "next"), step.next)
                case Ask() if step.needs is Needs.DICTATION and not self._dictates and step.fallback:
                    target = self._chosen((*here, "fallback"), step.fallback)
                case Ask():
                    return self._asks(step)
                case Form():
                    filling = Filling(form=step, answers=frame.answers, ahead=frame.ahead)
                    if filling.next() is not None:
                        self._filling = filling
                        return self._ask_field(filling)
                    filling.close()
                    target = self._chosen((*here, "on", "filled"), step.on["filled"])
                case Do():
                    return [*self._spoken(), self._perform(step)]
                case Call():
                    target = self._call(step, again=target == NEXT)
        raise RecursionError(f"scenario {self.scenario.name!r} loops through {target!r} without a question")

    def _call(self, step: Call, *, again: bool) -> str:
        """Into a sub-dialogue; out of a loop that has no more items."""
        frame = self._frame
        if step.for_each and not again:
            frame.items = list(template.value(step.for_each, frame.variables))
        if step.for_each and step.next is not None and not frame.items:
            return self._chosen(("steps", frame.step, "next"), step.next)
        shared = self.scenario.shared[step.call]
        self._frames.append(frames.entered(frame, step, shared))
        return shared.start

    def _return(self, shared: Shared, end: str) -> str:
        """Out of a sub-dialogue, with what it gives."""
        given = frames.returned(self._frames.pop(), shared.ends, end)
        frame = self._frame
        frame.variables.update(given)
        call = frame.dialogue.steps[frame.step]
        if not isinstance(call, Call):
            raise TypeError(f"step {frame.step!r} calls nothing")
        return self._chosen(("steps", frame.step, "on", end), call.on[end])

    def _say(self, step: Say) -> None:
        text = self._frame.text(step.say, self._frame.step, self._variant)
        self._pending += self._prompt(text, recorded=bool(step.audio))

    def _prompt(self, text: str, *, recorded: bool = False) -> Prompt:
        """A recorded text is one piece, however many sentences it has."""
        if recorded:
            return Prompt(fragments=(" ".join(text.split()),))
        return template.prompt(text, self._frame.variables)

    def _spoken(self) -> list[Effect]:
        """What `say` steps left to be said, as an effect."""
        prompt, self._pending = self._pending, Prompt()
        return [Speak(prompt=prompt)] if prompt.fragments else []

    def _asks(self, step: Ask) -> list[Effect]:
        frame = self._frame
        frame.misses = dict.fromkeys(frame.misses, 0)
        against = template.render(step.against, frame.variables) if step.against else ""
        others = asked.told_along(frame.dialogue, step)
        question = Asked(ask=step, around=self._around(), others=others, against=against)
        return self._ask(question, self._question_text(question))

    def _question_text(self, question: Asked) -> Prompt:
        text = self._frame.text(question.ask.ask, f"{self._frame.step}?{question.item}", self._variant)
        return self._prompt(text, recorded=bool(question.ask.audio))

    def _around(self) -> Around:
        return Around(dialogues=tuple(frame.dialogue for frame in reversed(self._frames)))

    def _ask(self, question: Asked, text: Prompt) -> list[Effect]:
        """`say` steps before a question are spoken with it: the other side may answer while they last."""
        prompt, self._pending = self._pending + text, Prompt()
        self.turn += 1
        self._actions = 0
        self._question = question
        listening = hearing.listening(question, self._turns, self._now())
        return [Listen(turn=self.turn, step=self._frame.qualified(), prompt=prompt, listening=listening)]

    def _ask_field(self, filling: Filling, before: str = "") -> list[Effect]:
        """The form's next question."""
        self._frame.misses = dict.fromkeys(self._frame.misses, 0)
        question = filling.question(self._around())
        said = template.prompt(before, self._frame.variables) if before else Prompt()
        text = self._question_text(question)
        return self._ask(question, Prompt(fragments=said.fragments + text.fragments))

    def _fill(self, filling: Filling, heard: Heard, question: Asked) -> list[Effect]:
        """An answer to a question of a form."""
        if filling.confirming:
            return self._corrected(filling, heard, question)
        if heard.branch not in question.ask.on or self._is_stale(heard):
            return self._missed("nomatch", question)
        learnt = self._learn(heard.told)
        if heard.branch != "filled":
            name = f"{self._frame.step}.{question.item or 'form'}"
            said = Told(field=name, value=heard.branch, confidence=heard.confidence, words=heard.words)
            return [*learnt, *self._learn([said]), *self._leave(("on", heard.branch), question.ask.on[heard.branch])]
        return [*learnt, *self._next_field(filling)]

    def _is_stale(self, heard: Heard) -> bool:
        """Nothing was said but what is known: to ask the same again would have no end."""
        known = self._frame.answers
        return heard.branch == "filled" and all(known.get(told.field) == told.value for told in heard.told)

    def _next_field(self, filling: Filling) -> list[Effect]:
        if filling.next() is None:
            filling.close()
            return self._leave(("on", "filled"), filling.form.on["filled"])
        return self._ask_field(filling)

    def _corrected(self, filling: Filling, heard: Heard, question: Asked) -> list[Effect]:
        """The read-back was corrected, agreed with, or denied."""
        changed = [told for told in heard.told if self._frame.answers.get(told.field) != told.value]
        if changed:
            return [*self._learn(changed), *self._ask_field(filling)]
        if heard.branch == "yes":
            filling.agreed = True
            return self._next_field(filling)
        if heard.branch != "no":
            return self._missed("nomatch", question)
        if not filling.start_again():
            return self._fail(question)
        return self._ask_field(filling, filling.form.again)

    def _perform(self, step: Do) -> Perform:
        self._actions += 1
        if self._actions > _MOST_ACTIONS:
            raise RecursionError(f"scenario {self.scenario.name!r} loops through {step.do!r} without a question")
        return Perform(
            turn=self.turn,
            index=self._actions,
            step=self._frame.qualified(),
            action=step.do,
            arguments={name: template.render(text, self._frame.variables) for name, text in step.arguments.items()},
        )
