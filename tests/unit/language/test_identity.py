"""Names: who is speaking, and whom out of a list was meant."""

import pytest
from tables import NOW

from voicebot.language.reading import Context, Kind, Question
from voicebot.language.understanding import understand

DOCTORS = ("Кузнецов Андрей Викторович", "Кузнецова Анна Ильинична", "Смирнов Олег Павлович", "Гайдар Ева Львовна")


def doctor(text: str) -> tuple[list[str], bool]:
    reading = understand(Kind.NAME, text, Context(now=NOW, directory=DOCTORS))
    return [value.value for value in reading.values], reading.ambiguous


def test_a_doctor_of_the_directory_is_found_by_surname_in_any_case() -> None:
    assert doctor("к смирнову") == (["Смирнов Олег Павлович"], False)


def test_a_misheard_surname_is_still_found() -> None:
    assert doctor("к гойдару") == (["Гайдар Ева Львовна"], False)


def test_two_doctors_of_one_surname_are_a_question_to_ask() -> None:
    names, ambiguous = doctor("к кузнецову")
    assert ambiguous
    assert set(names) == {"Кузнецов Андрей Викторович", "Кузнецова Анна Ильинична"}


def test_nobody_of_the_directory_is_guessed_from_other_words() -> None:
    assert doctor("не знаю к какому") == ([], False)


def test_gender_is_told_where_grammar_shows_it() -> None:
    reading = understand(Kind.NAME, "иванова мария петровна", Context(now=NOW))
    assert reading.extra["gender"] == "femn"


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("мария петровна слушает", "yes"),
        ("да иванова", "yes"),
        ("это ольга", "no"),
        ("сидорова слушает", "no"),
        ("мария петровна на работе", "no"),
        ("кто это", None),
    ],
)
def test_a_name_answers_the_question_who_is_speaking(text: str, polarity: str | None) -> None:
    context = Context(now=NOW, question=Question.IDENTITY, against="Иванова Мария Петровна")
    assert understand(Kind.ANSWER, text, context).polarity == polarity
