"""Reservations: what makes a verdict a guess although its words are known: a past plan, a turn, mockery, an echo."""

import itertools
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from voicebot.language import lexicon
from voicebot.language.cues import NEGATIONS, PARTICLE, STATEMENT, Said, is_weighty
from voicebot.language.inflection import parses
from voicebot.language.patterns import Finder
from voicebot.language.reading import Intent, Question

_REACH = 3  #: words between "чтоб" and its verb: "чтоб я такое пропустил"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of known polarity, as the cues explain it."""

    words: Sequence[str]
    said: Sequence[Said]  #: the cues that were found
    carrying: Sequence[Said]  #: those of the verdict's polarity
    unexplained: Set[int]  #: the places that belong to no cue
    agrees: bool
    question: Question

    def is_reserved(self) -> bool:
        """Whether something beside the verdict may take it back."""
        turned = not self._regrets() and (self._was_planned() or self._turns())
        return (
            turned
            or self._is_of_yesterday()
            or self._is_misheard()
            or self._swaps()
            or self._mocks()
            or self._is_open()
            or (self._takes_back_yes() if self.agrees else self._takes_back_no())
        )

    def _takes_back_yes(self) -> bool:
        return (
            self._is_meanwhile()
            or self._is_without()
            or self._shrugs()
            or self._is_past()
            or self._is_scorned()
            or self._echoes()
            or self._moves_instead()
        )

    def _takes_back_no(self) -> bool:
        return self._refuses_the_visit() or self._hardly() or self._is_swallowed() or self._owns_up() or self._adapts()

    def _is_open(self) -> bool:
        """Whether all that tells is what somebody does then: "в этот день отдыхаю"."""
        told = [each.cue for each in self.carrying if each.cue.weight > PARTICLE]
        return bool(told) and all(cue.open for cue in told)

    def _was_planned(self) -> bool:
        """Whether the verdict rests on a plan of the past that something turns: "хотела спросить, но потом"."""
        planned = next(filter(self._is_plan, range(len(self.words))), len(self.words))
        asks = self.question is Question.ANYTHING_ELSE  # "хотела спросить, а где вход" wants something
        ends = _table()["questions_end" if asks else "plans_end"]
        turns = [place for place in range(planned + 1, len(self.words) - 1) if self.words[place] in ends]
        return bool(turns) and not any(self._stands_behind(each, turns[-1]) for each in self.carrying)

    def _is_plan(self, place: int) -> bool:
        """A plan of the past, or what is granted before a turn: "подходит-то подходит, да…", "спросить-то охота"."""
        if place and self.words[place] == "то":
            granted = self.words[place - 1]
            return granted in self.words[place + 1 : place + 2] or self._is(place - 1, "INFN")
        return self.words[place] in _table()["plans"]

    def _regrets(self) -> bool:
        """Whether the plan is part of what refuses: "я бы с радостью, но смена"; not "не собиралась, но"."""
        told = (set(self.words[each.start : each.end]) for each in self.carrying)
        return not self.agrees and any(
            NEGATIONS.isdisjoint(words) and not words.isdisjoint(_table()["plans"]) for words in told
        )

    def _stands_behind(self, said: Said, place: int) -> bool:
        """Whether a cue follows the place, or is a phrase around it; a "да" that only joins clauses is none."""
        return said.start > place or (said.start <= place < said.end and said.end - said.start > 1)

    def _turns(self) -> bool:
        """Whether something unknown follows "но", and nothing of the verdict: "с радостью, но билеты взяты"."""
        if self.agrees and self.question is Question.IDENTITY:
            return False  # "да, но я за рулём"
        turns = [place for place, word in enumerate(self.words) if place and word in _table()["turns"]]
        comes = any(each.cue.intent is Intent.WILL_COME for each in self.carrying)  # "приду, но без мужа"
        unknown = self._is_deed_behind if self.agrees and comes else self._is_unknown_behind
        return any(unknown(place) and not self._is_carried_behind(place) for place in turns)

    def _is_of_yesterday(self) -> bool:
        """Whether all that tells was so then, and what is so now is not known: "вчера не хотел, сегодня хочу"."""
        then = next((place for place, word in enumerate(self.words) if word in _table()["then"]), len(self.words))
        now = next((place for place in range(then, len(self.words)) if self.words[place] in _table()["now"]), None)
        if now is None or not self.carrying:
            return False
        return all(then < each.start and each.end <= now for each in self.carrying)

    def _is_misheard(self) -> bool:
        """Whether only "вы меня не так поняли" stands against a statement: "приду, вы меня не так поняли"."""
        if not self.carrying or any(each.cue.name != "misheard_me" for each in self.carrying):
            return False
        return any(
            each.cue.weight > PARTICLE and each.cue.polarity(self.question) and each not in self.carrying
            for each in self.said
        )

    def _swaps(self) -> bool:
        """Whether somebody or something else is meant, who is not known: "не меня, а мужа отмените"."""
        if self.question in (Question.IDENTITY, Question.ANYTHING_ELSE):
            return False
        turns = (at for at, word in enumerate(self.words) if word == "а" and at > 1 and at + 1 in self.unexplained)
        return any(
            self.words[at - 2] in NEGATIONS and self._is_named(at - 1) and self._is_named(at + 1) for at in turns
        )

    def _is_named(self, place: int) -> bool:
        return self._is(place, "NOUN") or self._is(place, "NPRO")

    def _moves_instead(self) -> bool:
        """Whether another day is asked for behind a correction: "отменяйте, вернее перенесите"."""
        if self.question is not Question.CANCEL:
            return False
        last = max((each.start for each in self.carrying), default=0)
        behind = [each.cue for each in self.said if each.start > last]
        turned = any(cue.effect == "correct" for cue in behind)
        return turned and any(cue.intent is Intent.RESCHEDULE for cue in behind)

    def _mocks(self) -> bool:
        """Whether the verdict may be asked with scorn: "разве это удобно", "чтоб я пропустил"."""
        return bool(self._at("mocks")) or any(
            self._is_past_within(place + 1, place + 1 + _REACH) for place in self._at("wishes") if self._opens(place)
        )

    def _is_meanwhile(self) -> bool:
        """Whether the yes is for a time that may not suit at all: "отлично, прямо когда я на уроках"."""
        if self.question in (Question.ANYTHING_ELSE, Question.CANCEL) or not NEGATIONS.isdisjoint(self.words):
            return False
        end = min((each.end for each in self.carrying), default=len(self.words))
        times = [place for place in self._at("meanwhile") if place >= end and not self._is_polar_behind(place)]
        return any(self._is_unknown_behind(at) or any(each.start > at for each in self.said) for at in times)

    def _is_without(self) -> bool:
        """Whether consent is given to something less: "ладно, без рекламы"."""
        return self.question is Question.CONSENT and "без" in (self.words[place] for place in self.unexplained)

    def _shrugs(self) -> bool:
        """Whether "да" opens a question that needs no answer: "да какие вопросы"."""
        return self.question is Question.ANYTHING_ELSE and " ".join(self.words[:2]) in _table()["shrugs"]

    def _is_past(self) -> bool:
        """Whether what agrees is over: "удобно было вчера", "был вопрос"; not "всё как было"."""
        beside = {place for each in self.carrying for place in (each.start - 1, each.end)}
        return any(
            place in beside and NEGATIONS.isdisjoint(self._around(place)) and "как" not in self._around(place)
            for place in self._at("past")
        )

    def _is_scorned(self) -> bool:
        """Whether "как же" behind the yes makes fun of it, or "где ж" before it: "буду, как же", "где ж удобно"."""
        if any(" ".join(self.words[each.start - 2 : each.start]) in _table()["scorn"] for each in self.carrying):
            return True
        start = max((each.start for each in self.carrying), default=len(self.words))
        return any(self.words[place - 1] == "как" and self.words[place] == "же" for place in self._behind(start))

    def _echoes(self) -> bool:
        """Whether the yes only repeats the word of the question beside an unknown verb: "отменить успеется"."""
        heavy = [each for each in self.carrying if each.cue.weight > PARTICLE]
        echoed = self.question is Question.CANCEL and bool(heavy)
        if not (echoed and all(self._is_echo(each) for each in heavy)):
            return False
        return any(self._is_deed(place) and not self._is_wanted(place) for place in self.unexplained)

    def _is_wanted(self, place: int) -> bool:
        """Whether the verb asks for it: "просила отменить"."""
        return parses(self.words[place])[0].normal_form in _table()["wants"]

    def _is_echo(self, said: Said) -> bool:
        return said.end - said.start == 1 and self.words[said.start] in _table()["echoes"]

    def _refuses_the_visit(self) -> bool:
        """Whether a refusal of cancelling is one of the visit: "не нужна мне эта запись", "не хочу больше ходить"."""
        general = all(each.cue.intent in (Intent.NO, None) for each in self.carrying[-1:])
        if self.question is not Question.CANCEL or not general or self._names_cancelling():
            return False
        return "теперь" in self.words or bool(self._at("visit"))

    def _names_cancelling(self) -> bool:
        return any(word in lexicon.load("answers")["classes"]["cancelimp"] for word in self.words)

    def _hardly(self) -> bool:
        """Whether what is hardly so is unknown, or itself a refusal: "вряд ли что помешает", "едва ли откажусь"."""
        if not any(word in _table()["hardly"] for word in self.words):
            return False
        twice = any(
            a.end == b.start == b.end - 1 for a, b in itertools.pairwise(self.carrying) if b.cue.weight == STATEMENT
        )
        return twice or any(self._is(at, "VERB") and not self._is(at, "past") for at in self.unexplained)

    def _is_swallowed(self) -> bool:
        """Whether the no is something to be glad of or not to believe: "хорошо, что рано"."""
        stated = [each.start for each in self.carrying if each.cue.weight > PARTICLE]
        ends = {hit.end for hit in _swallowed().find(self.words)} if stated else set()
        return bool(ends) and all(start in ends for start in stated)

    def _owns_up(self) -> bool:
        """Whether somebody says who he is before what sounds like a denial: "да, только фамилия теперь другая"."""
        polar = [each for each in self.said if each.cue.polarity(self.question)]
        opened = bool(polar) and polar[0] not in self.carrying and self.words[polar[0].start] == "да"
        if self.question is not Question.IDENTITY or not opened:
            return False
        stated = [each.start for each in self.carrying if each.cue.weight == STATEMENT]
        between = self.words[polar[0].end : stated[0] + 1] if stated else ()
        told = len(between) > 1 and polar[0].cue.weight == PARTICLE
        return told and "это" not in between and "нет" not in self.words

    def _adapts(self) -> bool:
        """Whether one's own deed goes with another hour ("пробки, выеду пораньше") or follows "а": "а покажусь"."""
        wishes = all(each.cue.intent is Intent.RESCHEDULE for each in self.carrying)
        deeds = [place for place in self.unexplained if self._is(place, "1per", "sing", "futr")]
        return any(wishes or self._is_turned_to(place) for place in deeds)

    def _is_turned_to(self, place: int) -> bool:
        """Whether "а" stands before the place, and no cue between; "а то" gives a reason."""
        turn = max((at for at in range(place) if self.words[at] == "а"), default=0)
        return turn > 0 and self.words[turn + 1] != "то" and not self._is_carried_behind(turn)

    def _at(self, name: str) -> list[int]:
        """The unexplained places of the words listed under the name."""
        return [place for place in sorted(self.unexplained) if self.words[place] in _table()[name]]

    def _around(self, place: int) -> Set[str]:
        return {*self.words[max(place - 1, 0) : place], *self.words[place + 1 : place + 2]}

    def _behind(self, place: int) -> Iterator[int]:
        return (at for at in self.unexplained if at > place)

    def _opens(self, place: int) -> bool:
        return place == 0 or self.words[place - 1] in ("да", "ну")

    def _is_unknown_behind(self, place: int) -> bool:
        return any(is_weighty(self.words[at]) for at in self._behind(place))

    def _is_deed_behind(self, place: int) -> bool:
        return any(self._is_deed(at) or self._is(at, "INFN") for at in self._behind(place))

    def _is_deed(self, place: int) -> bool:
        return self._is(place, "VERB") or self._is(place, "PRED")

    def _is_carried_behind(self, place: int) -> bool:
        return any(each.start > place for each in self.carrying)

    def _is_polar_behind(self, place: int) -> bool:
        return any(each.start > place and each.cue.polarity(self.question) for each in self.said)

    def _is_past_within(self, start: int, end: int) -> bool:
        return any(self._is(place, "past") for place in range(start, min(end, len(self.words))))

    def _is(self, place: int, *grammemes: str) -> bool:
        return all(each in parses(self.words[place])[0].tag for each in grammemes)


def _table() -> Any:
    return lexicon.load("answers")["reservations"]


@cache
def _swallowed() -> Finder:
    return Finder({"swallowed": _table()["swallowed"]})
