"""Values as Russian phrases."""

from datetime import date, time, timedelta

import pytest

from voicebot.language import speaking, telephone
from voicebot.language.fragments import fragments, joined
from voicebot.language.speaking import FILTERS
from voicebot.language.spelling import spoken


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (joined(speaking.say_date(date(2026, 11, 24))), "двадцать четвёртого ноября, во вторник"),
        (speaking.say_day("2026-12-03", "accs"), "третье декабря"),
        (speaking.say_time(time(15, 30)), "в пятнадцать часов тридцать минут"),
        (speaking.say_time(time(9)), "в девять часов"),
        (speaking.say_time(time(21, 1)), "в двадцать один час одну минуту"),
        (speaking.say_time("2026-11-24T14:00", "datv"), "четырнадцати часам"),
        (speaking.say_birth_date("1958-05-03"), "третьего мая тысяча девятьсот пятьдесят восьмого года"),
        (speaking.say_count(1, "день"), "один день"),
        (speaking.say_count(2, "неделя"), "две недели"),
        (speaking.say_count(5, "день"), "пять дней"),
        (speaking.say_count(21, "минута", "accs"), "двадцать одну минуту"),
        (speaking.say_number("36.6"), "тридцать шесть и шесть"),
        (speaking.say_number(2.05), "два и ноль пять"),
        (speaking.say_duration(timedelta(hours=1, minutes=30)), "один час тридцать минут"),
        (speaking.say_money("1250.5"), "тысяча двести пятьдесят рублей пятьдесят копеек"),
        (
            telephone.say("+79161230507"),
            "восемь, девятьсот шестнадцать, сто двадцать три, ноль пять, ноль семь",
        ),
        (speaking.say_specialist("cardiologist"), "к кардиологу"),
        (speaking.say_specialist("врач общей практики"), "к врачу общей практики"),
        (speaking.say_specialty("chiropractor", "ablt"), "мануальным терапевтом"),
    ],
)
def test_a_value_is_said_as_russians_say_it(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("Иванова Мария Петровна", "datv", "Ивановой Марии Петровне"),
        ("Петров Иван Ильич", "accs", "Петрова Ивана Ильича"),
        ("Шевчук Ольга Андреевна", "gent", "Шевчук Ольги Андреевны"),
        ("Шевчук Пётр Андреевич", "gent", "Шевчука Петра Андреевича"),
        ("Салтыков-Щедрин Михаил Евграфович", "datv", "Салтыкову-Щедрину Михаилу Евграфовичу"),
        ("Черных Елена Игоревна", "datv", "Черных Елене Игоревне"),
        ("Никита Сергеевич", "ablt", "Никитой Сергеевичем"),
    ],
)
def test_a_name_stands_in_the_case_that_the_phrase_needs(name: str, case: str, expected: str) -> None:
    assert speaking.say_name(name, case) == expected


def test_a_name_in_another_script_stays_as_it_is() -> None:
    assert speaking.say_name("Иванова \U00017000", "datv") == "Ивановой \U00017000"


def test_people_are_addressed_by_name_and_patronymic() -> None:
    assert speaking.say_politely("Иванова Мария Петровна") == "Мария Петровна"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("г. Москва, ул. Ленина, д. 5, каб. 312", "город Москва, улица Ленина, дом пять, кабинет триста двенадцать"),
        (
            "на 24.11.2026 в 15:30",
            "на двадцать четвёртое ноября две тысячи двадцать шестого года в пятнадцать часов тридцать минут",
        ),
        ("до 18:00", "до восемнадцати часов"),
        ("2 мг", "два миллиграмма"),
        ("1 таблетка, 2 таблетки", "одна таблетка, две таблетки"),
        (
            "тел. +7 (916) 123-45-67",
            "телефон восемь, девятьсот шестнадцать, сто двадцать три, сорок пять, шестьдесят семь",
        ),
        ("УЗИ и ПЦР", "узи и пэ цэ эр"),
        ("Nurofen", "нурофен"),
    ],
)
def test_written_text_is_spelled_out(written: str, expected: str) -> None:
    assert spoken(written) == expected


def test_a_phrase_is_cut_where_dates_names_and_sentences_begin() -> None:
    text = f"Вы записаны {FILTERS['specialist']('cardiologist')} на {FILTERS['date']('2026-11-24')}. Придёте?"
    assert fragments(text) == (
        "Вы записаны",
        "к кардиологу",
        "на",
        "двадцать четвёртого ноября,",
        "во вторник.",
        "Придёте?",
    )


def test_fragments_joined_are_the_phrase_without_its_breaks() -> None:
    assert joined("Приём |во вторник|, |в девять часов|.") == "Приём во вторник, в девять часов."
