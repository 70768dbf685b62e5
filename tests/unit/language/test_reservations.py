"""What takes a verdict back makes it a guess, although its words are known; ordinary answers stay sure."""

import pytest
from tables import answered

from voicebot.language.reading import Intent, Polarity, Question


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # a plan of the past, and something turns behind it
        (Question.ANYTHING_ELSE, "хотела про собаку спросить но соседка подсказала"),
        (Question.ANYTHING_ELSE, "вопрос был да муж подсказал"),
        (Question.ATTENDANCE, "собирался подойти да трактор увяз"),
        (Question.ANYTHING_ELSE, "спросить то охота да недосуг"),
        (Question.CANCEL, "позавчера не хотел отменять нынче хочу"),
        (Question.OFFER, "хотела бы согласиться только корову доить"),
        # something unknown behind "но", and no verdict
        (Question.OFFER, "отлично но экзамены"),
        (Question.CONSENT, "согласна но мама категорична"),
        (Question.ATTENDANCE, "приду но сначала заменят"),
        # scorn
        (Question.OFFER, "разве это годится"),
        (Question.ATTENDANCE, "чтоб я туда поплёлся приду"),
        (Question.ATTENDANCE, "приду как же разогнался"),
        (Question.CANCEL, "отменить дудит"),
        (Question.OFFER, "да где уж удобно то"),
        # a correction that the cues do not explain whole
        (Question.ATTENDANCE, "приду вы меня неправильно поняли"),
        (Question.CANCEL, "отменяйте вы меня не так поняли"),
        (Question.CANCEL, "не меня а кузину отмените"),
        (Question.CANCEL, "отменяйте точнее перенесите"),
        (Question.IDENTITY, "не львовна а ильинична"),
        # something that is missing, where more may be wanted
        (Question.ANYTHING_ELSE, "градусника у меня нет"),
        # a time that may not suit, or is over
        (Question.OFFER, "отлично прямо когда я на каникулах"),
        (Question.OFFER, "удобно было позавчера"),
        (Question.OFFER, "в этот день бездельничаю"),
        (Question.OFFER, "я в это время обычно мимо вас хожу"),
        # a refusal of cancelling that names the visit
        (Question.CANCEL, "на кой мне этот талон"),
        (Question.CANCEL, "больше не желаю"),
        (Question.ATTENDANCE, "хоть и выздоровела а наведаюсь"),
        (Question.ATTENDANCE, "соседка пойдёт вместо меня"),
        # what is hardly so, or believed wrongly
        (Question.ATTENDANCE, "вряд ли кто воспрепятствует"),
        (Question.OFFER, "вы не подумайте что мне поздно"),
        (Question.IDENTITY, "да только по прежней работе меня давно никто не знает"),
    ],
)
def test_a_verdict_that_something_beside_it_may_take_back_is_never_sure(question: Question, text: str) -> None:
    reading = answered(question, text)
    assert reading.polarity is None or reading.ambiguous


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.ANYTHING_ELSE, "хотела спросить а где у вас вход"),
        (Question.ATTENDANCE, "приду но без мужа"),
        (Question.ATTENDANCE, "я бы пришла но ноги не ходят"),
        (Question.OFFER, "в это время работаю"),
        (Question.OFFER, "в этот день никак не могу"),
        (Question.IDENTITY, "да но я за рулём"),
        (Question.IDENTITY, "да алло это её дочка"),
        (Question.CONSENT, "не хочу чтобы меня записывали"),
        (Question.CANCEL, "я же просила отменить"),
        (Question.CANCEL, "не надо отменять запись"),
        (Question.ATTENDANCE, "всё остаётся как было"),
        (Question.ATTENDANCE, "доберусь как нибудь"),
    ],
)
def test_an_ordinary_answer_with_a_turn_or_a_past_is_no_guess(question: Question, text: str) -> None:
    reading = answered(question, text)
    assert reading.polarity is not None
    assert not reading.ambiguous


@pytest.mark.parametrize(
    "text",
    [
        "в это время дочка спит с бабушкой подходит",
        "в это время тёща гостит подойдёт",
        "в этот день катаюсь на лыжах устроит",
    ],
)
def test_agreement_behind_what_somebody_does_then_holds_as_a_guess(text: str) -> None:
    reading = answered(Question.OFFER, text)
    assert reading.polarity is Polarity.YES
    assert reading.ambiguous


def test_a_refusal_behind_what_somebody_does_then_is_none_the_less_sure() -> None:
    reading = answered(Question.OFFER, "в это время дочка спит не подходит")
    assert reading.polarity is Polarity.NO
    assert not reading.ambiguous


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (Question.CONSENT, "не понял надо"),
        (Question.CONSENT, "нет не понял надо"),
        (Question.CANCEL, "не понял не надо"),
        (Question.CANCEL, "не поняла надо"),
        (Question.OFFER, "не понял надо"),
        (Question.ATTENDANCE, "не поняла надо"),
        (Question.ANYTHING_ELSE, "не поняла не надо"),
        (Question.ANYTHING_ELSE, "не понял надо спасибо"),
    ],
)
def test_what_a_recogniser_makes_of_no_need_is_a_guessed_refusal_and_no_wish_to_hear_it_again(
    question: Question, text: str
) -> None:
    reading = answered(question, text)
    assert reading.polarity is Polarity.NO
    assert reading.ambiguous
    assert Intent.REPEAT not in [value.value for value in reading.values]


@pytest.mark.parametrize("text", ["не понял", "я не понял что надо делать", "не понял что надо", "не понял кому надо"])
def test_who_has_not_understood_is_told_again(text: str) -> None:
    for question in (Question.CONSENT, Question.CANCEL, Question.OFFER, Question.ATTENDANCE, Question.ANYTHING_ELSE):
        reading = answered(question, text)
        assert reading.polarity is not Polarity.NO
        assert Intent.REPEAT in [value.value for value in reading.values]
