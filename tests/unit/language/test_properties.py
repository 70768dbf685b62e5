"""What is spoken is heard again as it was meant, and nothing that is said can break a parser."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tables import cases

from voicebot.language import speaking, telephone, tokens
from voicebot.language.fragments import joined
from voicebot.language.grammar import phrases
from voicebot.language.inflection import Case
from voicebot.language.reading import Context, Intent, Kind, Question
from voicebot.language.spelling import spoken
from voicebot.language.understanding import understand

NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Europe/Moscow"))
CONTEXT = Context(now=NOW)

WORDS = sorted({word for case in cases() for word in case.text.split()})
#: Words that parsers know, in any order, with a little rubbish: what no table thinks of.
BABBLE = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=25).map(" ".join)


@given(st.dates(min_value=NOW.date(), max_value=NOW.date() + timedelta(days=364)))
def test_a_spoken_date_is_heard_as_the_same_date(day: date) -> None:
    reading = understand(Kind.DATE, joined(speaking.say_date(day)), CONTEXT)
    assert (reading.best, reading.ambiguous) == (day.isoformat(), False)


@given(st.dates(min_value=date(1926, 1, 1), max_value=NOW.date()))
def test_a_spoken_birth_date_is_heard_as_the_same_date(day: date) -> None:
    assert understand(Kind.DATE, speaking.say_birth_date(day), CONTEXT).best == day.isoformat()


@given(st.times())
def test_a_spoken_time_is_among_the_readings_of_what_is_heard(at: time) -> None:
    reading = understand(Kind.TIME, speaking.say_time(at), CONTEXT)
    assert at.isoformat("minutes") in [value.value for value in reading.values]
    assert reading.ambiguous == (1 <= at.hour <= 12)


@given(st.times(min_value=time(13)), st.dates(min_value=NOW.date() + timedelta(days=1), max_value=date(2027, 11, 1)))
def test_a_spoken_date_and_time_are_heard_as_one_instant(at: time, day: date) -> None:
    reading = understand(Kind.WHEN, joined(f"{speaking.say_date(day)} {speaking.say_time(at)}"), CONTEXT)
    assert reading.best == f"{day.isoformat()}T{at.isoformat('minutes')}"


@given(st.integers(0, 999_999_999), st.sampled_from([Case.NOMINATIVE, Case.GENITIVE, Case.DATIVE]))
def test_a_spoken_number_is_heard_as_the_same_number(number: int, case: Case) -> None:
    assert understand(Kind.NUMBER, speaking.say_number(number, case), CONTEXT).best == number


@given(st.integers(0, 49), st.integers(1, 9))
def test_a_spoken_fraction_is_heard_as_the_same_number(whole: int, tenths: int) -> None:
    value = float(f"{whole}.{tenths}")
    assert understand(Kind.NUMBER, speaking.say_number(value), CONTEXT).best == value


@given(st.integers(9_000_000_000, 9_999_999_999))
def test_a_spoken_mobile_number_is_heard_as_the_same_number(national: int) -> None:
    number = f"+7{national}"
    reading = understand(Kind.PHONE, telephone.say(number), CONTEXT)
    assert number in [value.value for value in reading.values]
    assert reading.best == number or reading.ambiguous


@given(st.integers(70, 220), st.integers(30, 69))
def test_a_spoken_pressure_is_heard_as_the_same_pressure(systolic: int, diastolic: int) -> None:
    text = f"{speaking.say_number(systolic)} на {speaking.say_number(diastolic)}"
    assert understand(Kind.VITALS, text, CONTEXT).best == {"systolic": systolic, "diastolic": diastolic}


@pytest.mark.parametrize("kind", list(Kind))
@given(text=st.one_of(st.text(max_size=200), BABBLE), question=st.sampled_from(Question))
@example(text="", question=Question.PLAIN)
@example(text="не", question=Question.ATTENDANCE)
@example(text="через", question=Question.PLAIN)
@example(text="пять и", question=Question.PLAIN)
@example(text="²", question=Question.PLAIN)
@example(text="седьмого января на рождество", question=Question.PLAIN)
@example(text="\U00017000", question=Question.PLAIN)  # a letter without a name
@example(text="добро0тайте", question=Question.ANYTHING_ELSE)  # neither word names an intent
@example(text="100/30", question=Question.PLAIN)
@example(text="0.0;0", question=Question.PLAIN)  # a written digit with a point
@settings(max_examples=150, deadline=None)  # the first reading loads tables
def test_no_text_breaks_a_parser(kind: Kind, text: str, question: Question) -> None:
    context = Context(now=NOW, question=question, against="Иванова Мария Петровна")
    reading = understand(kind, text, context)
    assert all(0 <= value.confidence <= 1 for value in reading.values)
    assert all(value.words in text for value in reading.values)


@pytest.mark.parametrize("kind", list(Kind))
def test_nobody_listens_to_the_end_of_an_endless_text(kind: Kind) -> None:
    flood = "да нет завтра в пять сто двадцать " * 10_000
    last = tokens.read(flood).tokens[-1]
    assert last.end <= tokens.MAX_CHARACTERS
    understand(kind, flood, CONTEXT)


@given(st.text(max_size=100))
def test_whatever_is_written_becomes_russian_letters_and_punctuation(text: str) -> None:
    assert not [character for character in spoken(text) if character.isdigit() or "a" <= character.lower() <= "z"]


@pytest.mark.parametrize("question", list(Question))
def test_every_phrase_that_is_listened_for_means_something(question: Question) -> None:
    context = Context(now=NOW, question=question)
    unknown = [
        phrase
        for phrase in phrases(Kind.ANSWER, question)
        if understand(Kind.ANSWER, phrase, context).says(Intent.UNKNOWN)
    ]
    assert not unknown


@pytest.mark.parametrize("kind", [Kind.PHONE, Kind.POLICY])
def test_in_a_dictated_number_every_word_of_a_number_may_follow_every_other(kind: Kind) -> None:
    longest = max(phrases(kind), key=len).split()
    assert len(set(pairwise(longest))) == len(set(longest)) ** 2
    assert {"ноль", "девятнадцать", "сорок", "девятьсот"} <= set(longest)


@pytest.mark.parametrize("said", ["сто двадцать пять на восемьдесят", "тридцать шесть и шесть", "пять и восемь"])
def test_readings_of_the_body_are_listened_for_as_they_are_told(said: str) -> None:
    assert said in phrases(Kind.VITALS)
