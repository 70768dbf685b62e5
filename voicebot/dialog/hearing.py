"""From a reply to the branch of a question: which event, which key of `on`, which values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from voicebot.config import Turns
from voicebot.dialog import asked, machine
from voicebot.dialog.asked import Asked
from voicebot.dialog.ports import Listening, Reply, ReplyKind
from voicebot.dialog.scenario import Scenario
from voicebot.dialog.steps import Ask, Listens, Needs
from voicebot.language import phones, tokens
from voicebot.language.grammar import phrases
from voicebot.language.patterns import Finder
from voicebot.language.reading import DICTATED, Context, Intent, Kind, Question, Reading
from voicebot.language.understanding import understand
from voicebot.speech.pace import Ending, Silences

#: Priority of what may be heard at any question (docs/architecture.md §6); all other events come after the step's own.
FIRST_EVENTS = (
    Intent.EMERGENCY,
    Intent.OPERATOR,
    Intent.STOP_CALLING,
    Intent.REPEAT,
    Intent.LOUDER,
    Intent.SLOWER,
)
#: These repeat the question when the scenario says nothing else about them.
_ASK_AGAIN = (Intent.REPEAT, Intent.LOUDER, Intent.SLOWER)
_SURE = 0.8  # what is told along must be as sure as this: nobody asked for it
_ALL_KEYS = "0123456789"
#: “Да… приду”: who says no more than one of these may still be about to say it.
_BARE = frozenset(("да", "нет", "ага", "угу", "не", "конечно", "хорошо", "ладно"))
_EMPTY = frozenset(("ну", "так", "алло"))  #: beside it
#: Said in pieces: “двадцать… первое… мая”, “шестьдесят… пять”.
_COUNTED = frozenset((Kind.NUMBER, Kind.DATE, Kind.TIME, Kind.WHEN, Kind.VITALS, Kind.NAME, Kind.PHONE))


@dataclass(frozen=True, kw_only=True)
class Told:
    """A value that was understood."""

    field: str  #: of a form; empty: the question's own
    value: Any
    confidence: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a reply means to the question."""

    branch: str = ""  #: a key of `on`; empty: none
    event: Intent | None = None  #: an event of the dialogues instead
    value: Any = None
    confidence: float = 0.0
    words: str = ""
    told: tuple[Told, ...] = ()  #: fields of the form
    is_guess: bool = False  #: a yes or no that is doubted: the question is asked again


def hear(reply: Reply, question: Asked, now: datetime) -> Heard:
    """Decide by priority: first events > the step's own branches in their order > the other events > any speech."""
    if reply.kind is ReplyKind.KEYS:
        return _keys(reply.keys, question, now)
    ask, events = question.ask, question.around.events
    context = _context(ask, now, question)
    answer = understand(Kind.ANSWER, reply.text, context)
    for intent in FIRST_EVENTS:
        if answer.says(intent) and (intent in events or intent in _ASK_AGAIN) and intent not in ask.on:
            return Heard(event=intent, words=reply.text)
    own = _own_value(reply, ask, context)
    told = tuple(_told(reply, question, own, now))
    branch = _branch(ask, answer, own, told)
    if branch and branch != "any":
        return _taken(branch, reply, answer, own, told)
    for intent in events:
        if answer.says(intent):
            return Heard(event=intent, words=reply.text)
    if branch:
        return _taken(branch, reply, answer, own, told)
    return Heard(words=reply.text, is_guess=_is_guess(answer, ask))


def _context(listens: Listens, now: datetime, question: Asked) -> Context:
    asked_for = listens.question if isinstance(listens, Ask) else Question.PLAIN
    return Context(question=asked_for, now=now, between=listens.between, against=question.against)


def _own_value(reply: Reply, listens: Listens, context: Context, field: str = "") -> Told | None:
    """The value that a question or field asks for, if the reply holds exactly one."""
    if listens.choices:
        return _choice(reply, listens, field)
    if listens.hear is Kind.ANSWER:
        return None
    reading = understand(listens.hear, reply.text, context)
    wanted = [one for one in reading.values if not one.excluded]
    if not wanted or reading.ambiguous or not _counts(wanted[0].value, listens, context.now):
        return None
    best = wanted[0]
    return Told(field=field, value=best.value, confidence=min(best.confidence, reply.confidence), words=best.words)


def _counts(value: Any, listens: Listens, now: datetime) -> bool:
    """Whether it is one of the values that count. A recogniser that loses one word makes 1905 of 1945."""
    if listens.values and value not in listens.values:
        return False
    return not listens.oldest or now.year - listens.oldest <= date.fromisoformat(value).year <= now.year


def _choice(reply: Reply, listens: Listens, field: str) -> Told | None:
    utterance = tokens.read(reply.text)
    hits = _finder(tuple(listens.choices.items())).find(utterance.words)
    if len({hit.name for hit in hits}) != 1:
        return None
    words = utterance.said(hits[0].start, hits[0].end)
    return Told(field=field, value=hits[0].name, confidence=min(0.95, reply.confidence), words=words)


@lru_cache(maxsize=256)
def _finder(choices: tuple[tuple[str, tuple[str, ...]], ...]) -> Finder:
    return Finder(dict(choices))


def _told(reply: Reply, question: Asked, own: Told | None, now: datetime) -> Iterator[Told]:
    """The asked field's value, then what was told along: sure, and in other words than what was taken before."""
    taken: set[str] = set()
    if own is not None and question.item:
        taken.update(own.words.split())
        yield Told(field=question.item, value=own.value, confidence=own.confidence, words=own.words)
    for name, item in question.others.items():
        found = _own_value(reply, item, _context(item, now, question), name)
        if found and found.confidence >= min(_SURE, reply.confidence) and taken.isdisjoint(found.words.split()):
            taken.update(found.words.split())
            yield found


def _branch(ask: Ask, answer: Reading, own: Told | None, told: tuple[Told, ...]) -> str:
    for key in ask.on:
        if key in ask.choices:
            if own is not None and own.value == key:
                return key
        elif key == "any":
            return key
        elif key == "filled":
            if own is not None or told:
                return key
        elif key in ("yes", "no"):
            if answer.polarity == key and not answer.ambiguous:
                return key
        elif answer.says(Intent(key)):
            return key
    return ""


def _is_guess(answer: Reading, ask: Ask) -> bool:
    """Who only hesitates (“наверное”) is still about to answer."""
    return answer.ambiguous and answer.polarity in ask.on and not answer.says(Intent.DONT_KNOW)


def _taken(branch: str, reply: Reply, answer: Reading, own: Told | None, told: tuple[Told, ...]) -> Heard:
    if branch == "any":
        return Heard(branch=branch, value=reply.text, confidence=reply.confidence, words=reply.text, told=told)
    if own is not None and branch in ("filled", own.value):
        return Heard(branch=branch, value=own.value, confidence=own.confidence, words=reply.text, told=told)
    if branch == "filled":
        return Heard(branch=branch, words=reply.text, told=told)
    sure = answer.values[0].confidence if answer.values else 0.0
    confidence = min(sure, reply.confidence)
    return Heard(branch=branch, value=branch, confidence=confidence, words=reply.text, told=told)


def _keys(keys: str, question: Asked, now: datetime) -> Heard:
    ask = question.ask
    meaning = ask.keys.get(keys, "")
    if not meaning and keys in question.around.keys:
        return Heard(event=Intent(question.around.keys[keys]), words=keys)
    if meaning in ask.on:
        own = meaning in ask.choices and question.item
        return Heard(
            branch=meaning, value=meaning, confidence=1.0, words=keys, told=_typed(question, meaning, keys, own)
        )
    value: Any = meaning or _number(keys, question, now)
    if value is None or "filled" not in ask.on:
        return Heard(words=keys)
    return Heard(branch="filled", value=value, confidence=1.0, words=keys, told=_typed(question, value, keys, True))


def _typed(question: Asked, value: Any, keys: str, is_own: object) -> tuple[Told, ...]:
    if not (is_own and question.item):
        return ()
    return (Told(field=question.item, value=value, confidence=1.0, words=keys),)


def _number(keys: str, question: Asked, now: datetime) -> Any:
    """Typed digits as a value of the kind that is asked for: a date is typed as DDMMYYYY."""
    ask = question.ask
    if not ask.digits:
        return None
    if ask.hear is Kind.DATE and len(keys) == len("DDMMYYYY"):
        keys = f"{keys[:2]}.{keys[2:4]}.{keys[4:]}"
    reading = understand(ask.hear, keys, _context(ask, now, question))
    return reading.best if not reading.ambiguous and reading.values and _counts(reading.best, ask, now) else None


def warm_up(scenario: Scenario, now: datetime) -> None:
    """Build what the first call would else wait for: grammars, dictionaries. Blocks: never on the event loop."""
    for question in asked.every(scenario):
        listening(question, Turns(), now)
        hear(Reply(kind=ReplyKind.SPEECH, text="да"), question, now)


def greeting(turns: Turns) -> Listening:
    """What is listened for between the answer of a call and the robot's first phrase."""
    return Listening(
        grammar=(*phrases(Kind.ANSWER, Question.PLAIN), *machine.phrases()),
        no_input=turns.greeting_wait,
        silences=Silences(open=turns.greeting_silence.total_seconds()),
        max_answer=turns.max_answer,
    )


def _own_name(full_name: str) -> tuple[str, ...]:
    """How people say who they are: “Мария Петровна слушает”."""
    _, _, polite = full_name.lower().partition(" ")
    return (f"{polite} слушает", f"это {polite}", f"да {polite}") if polite else ()


def listening(question: Asked, turns: Turns, now: datetime) -> Listening:
    """What the recogniser listens for at this question, and how long."""
    ask = question.ask

    def meaning(text: str) -> Heard:
        return hear(Reply(kind=ReplyKind.SPEECH, text=text, confidence=1.0), question, now)

    def ending(text: str) -> Ending:
        heard = meaning(text)
        if heard.event is not None:
            return Ending.COMPLETE
        if heard.is_guess:
            return Ending.MAY_GO_ON
        if heard.branch in ("", "any") or (heard.branch == "filled" and _may_be_a_part(heard, ask)):
            return Ending.OPEN
        # More may follow what was told along: “к лору … на вторник”.
        if heard.branch != "yes" and len(heard.told) < len(question.others) + bool(question.others and question.item):
            return Ending.OPEN
        return Ending.MAY_GO_ON if _may_go_on(text, heard, ask) else Ending.COMPLETE

    def interrupts(text: str) -> bool:
        heard = meaning(text)
        return heard.event in FIRST_EVENTS or heard.branch in ask.interrupted_by

    typed = _ALL_KEYS if ask.digits else ""
    return Listening(
        grammar=() if ask.needs is Needs.DICTATION else grammar(question),
        keys="".join(dict.fromkeys((*ask.keys, *question.around.keys, *typed))),
        max_keys=ask.digits or 1,
        barge_in=ask.barge_in,
        no_input=ask.no_input or turns.no_input,
        silences=_silences(ask, turns),
        max_answer=turns.max_answer,
        ending=ending,
        interrupts=interrupts,
    )


def _may_be_a_part(heard: Heard, ask: Ask) -> bool:
    """Of a number that is dictated: more digits may come."""
    is_whole = ask.hear is Kind.PHONE and heard.confidence >= _SURE and phones.is_whole(heard.value)
    return ask.hear in DICTATED and not is_whole


def _may_go_on(text: str, heard: Heard, ask: Ask) -> bool:
    """Whether people add to such an answer after a pause."""
    said = [word for word in text.split() if word not in _EMPTY]
    bare = len(said) <= 1 and _BARE.issuperset(said)
    return bare or (heard.branch == "filled" and ask.hear in _COUNTED)


def _silences(ask: Ask, turns: Turns) -> Silences:
    """Of a question; its own silence is for what may be unfinished."""
    return Silences(
        open=(ask.end_silence or turns.end_silence).total_seconds(),
        may_go_on=turns.may_go_on_silence.total_seconds(),
        slow=turns.slow_silence.total_seconds(),
        complete=turns.complete_silence.total_seconds(),
    )


def grammar(question: Asked) -> tuple[str, ...]:
    """Answers to the question, whatever may be said at any question, and the phrases of the step and its fields."""
    found = dict.fromkeys(_grammar(question.ask.hear, question.ask.question, own_phrases(question.ask)))
    for item in question.others.values():
        found |= dict.fromkeys(_grammar(item.hear, Question.PLAIN, own_phrases(item)))
    return (*found, *_own_name(question.against))


def own_phrases(listens: Listens) -> tuple[str, ...]:
    """Its own phrases, and those of its choices that are plain words."""
    chosen = (phrase for many in listens.choices.values() for phrase in many)
    return (*listens.phrases, *(phrase for phrase in chosen if phrase.replace(" ", "").isalpha()))


@lru_cache(maxsize=256)
def _grammar(kind: Kind, question: Question, extra: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*phrases(kind, question), *phrases(Kind.ANSWER, question), *extra)))
