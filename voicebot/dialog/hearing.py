"""From a reply to the branch of a question: which event, which key of `on`, which value."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from voicebot.config import Turns
from voicebot.dialog import machine
from voicebot.dialog.ports import Listening, Reply, ReplyKind
from voicebot.dialog.scenario import FIRST_EVENTS, Ask, Scenario
from voicebot.language.grammar import phrases
from voicebot.language.reading import Context, Intent, Kind, Question, Reading
from voicebot.language.understanding import understand


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a reply means to the step that asked."""

    branch: str = ""  #: a key of `on`; empty: none
    event: Intent | None = None  #: an event of the scenario instead
    value: Any = None
    confidence: float = 0.0
    words: str = ""


def hear(reply: Reply, step: Ask, scenario: Scenario, now: datetime, against: str = "") -> Heard:
    """Decide by priority: first events > the step's own branches in their order > the other events.

    `against`: the full name of whom the step asks for.
    """
    if reply.kind is ReplyKind.KEYS:
        return _keys(reply.keys, step, scenario)
    context = Context(question=step.question, now=now, between=step.between, against=against)
    answer = understand(Kind.ANSWER, reply.text, context)
    reading = answer if step.hear is Kind.ANSWER else understand(step.hear, reply.text, context)
    for intent in FIRST_EVENTS:
        if answer.says(intent) and (intent in scenario.events or intent in _ASK_AGAIN) and intent not in step.on:
            return Heard(event=intent, words=reply.text)
    branch = _branch(reply, step, reading, answer)
    if branch:
        return _filled(branch, reply, reading)
    for intent in scenario.events:
        if answer.says(intent):
            return Heard(event=intent, words=reply.text)
    return Heard(words=reply.text)


#: These repeat the question when the scenario says nothing else about them.
_ASK_AGAIN = (Intent.REPEAT, Intent.LOUDER, Intent.SLOWER)


def _branch(reply: Reply, step: Ask, reading: Reading, answer: Reading) -> str:
    for key in step.on:
        if key == "any":
            return key
        if key == "filled":
            wanted = not step.values or reading.best in step.values
            if reading.values and not reading.ambiguous and wanted and step.hear is not Kind.ANSWER:
                return key
        elif key in ("yes", "no"):
            if answer.polarity == key and not answer.ambiguous:
                return key
        elif answer.says(Intent(key)):
            return key
    return ""


def _filled(branch: str, reply: Reply, reading: Reading) -> Heard:
    if branch == "any":
        return Heard(branch=branch, value=reply.text, confidence=reply.confidence, words=reply.text)
    value = reading.best if branch == "filled" else branch
    sure = reading.values[0].confidence if reading.values else 0.0
    return Heard(branch=branch, value=value, confidence=min(sure, reply.confidence), words=reply.text)


def _keys(keys: str, step: Ask, scenario: Scenario) -> Heard:
    meaning = step.keys.get(keys, "")
    if meaning in step.on:
        return Heard(branch=meaning, value=meaning, confidence=1.0, words=keys)
    if meaning:
        return Heard(branch="filled", value=meaning, confidence=1.0, words=keys)
    if keys in scenario.keys:
        return Heard(event=Intent(scenario.keys[keys]), words=keys)
    return Heard(words=keys)


def warm_up(scenario: Scenario, now: datetime) -> None:
    """Build what the first call would else wait for: grammars, dictionaries. Blocks: never on the event loop."""
    for step in scenario.steps.values():
        if isinstance(step, Ask):
            _grammar(step.hear, step.question, step.phrases)
            hear(Reply(kind=ReplyKind.SPEECH, text="да"), step, scenario, now)


def greeting(turns: Turns) -> Listening:
    """What is listened for between the answer of a call and the robot's first phrase."""
    return Listening(
        grammar=(*phrases(Kind.ANSWER, Question.PLAIN), *machine.phrases()),
        no_input=turns.greeting_wait,
        end_silence=turns.complete_silence,
        complete_silence=turns.complete_silence,
        max_answer=turns.max_answer,
    )


def _own_name(full_name: str) -> tuple[str, ...]:
    """How people say who they are: “Мария Петровна слушает”."""
    _, _, polite = full_name.lower().partition(" ")
    return (f"{polite} слушает", f"это {polite}", f"да {polite}") if polite else ()


def listening(step: Ask, scenario: Scenario, turns: Turns, now: datetime, against: str = "") -> Listening:
    """What the recogniser listens for at this step, and how long."""

    def meaning(text: str) -> Heard:
        return hear(Reply(kind=ReplyKind.SPEECH, text=text, confidence=1.0), step, scenario, now, against)

    def is_complete(text: str) -> bool:
        heard = meaning(text)
        return heard.event is not None or heard.branch not in ("", "any")

    def interrupts(text: str) -> bool:
        heard = meaning(text)
        return heard.event in FIRST_EVENTS or heard.branch in step.interrupted_by

    return Listening(
        grammar=(*_grammar(step.hear, step.question, step.phrases), *_own_name(against)),
        keys="".join(dict.fromkeys((*step.keys, *scenario.keys))),
        barge_in=step.barge_in,
        no_input=step.no_input or turns.no_input,
        end_silence=step.end_silence or turns.end_silence,
        complete_silence=step.end_silence or turns.complete_silence,
        max_answer=turns.max_answer,
        is_complete=is_complete,
        interrupts=interrupts,
    )


@lru_cache(maxsize=256)
def _grammar(kind: Kind, question: Question, extra: tuple[str, ...]) -> tuple[str, ...]:
    """Answers to the question, whatever may be said at any question, and the step's own phrases."""
    return tuple(dict.fromkeys((*phrases(kind, question), *phrases(Kind.ANSWER, question), *extra)))
