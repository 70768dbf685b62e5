"""Openings and courtesy around an answer do not change what it says."""

import itertools

from tables import answered, answers

from voicebot.language.reading import Polarity, Question

_OPENINGS = ["ну", "алло", "девушка", "слушайте", "так", "значит так", "если честно"]
_ENDINGS = ["спасибо", "вот", "понимаете", "доченька", "хорошо"]
_EVERY = 60  #: of the answers of the tables: all of them take a minute


def test_at_most_one_of_five_hundred_sure_answers_is_turned_by_a_small_word_beside_it() -> None:
    read = turned = 0
    for question, text, _ in itertools.islice(answers(), 0, None, _EVERY):
        plain = answered(question, text)
        if plain.ambiguous or plain.polarity is None or question is Question.ANYTHING_ELSE:
            continue
        around = [*(f"{opening} {text}" for opening in _OPENINGS), *(f"{text} {ending}" for ending in _ENDINGS)]
        readings = [answered(question, each) for each in around]
        read += len(readings)
        turned += sum(not each.ambiguous and each.polarity not in (None, plain.polarity) for each in readings)
    assert read > 1_000
    assert turned <= read / 500


def test_what_is_said_after_a_correction_holds() -> None:
    pairs = [("приду", "не смогу"), ("буду", "не приду"), ("да", "не получится"), ("конечно приду", "никак не могу")]
    for (agrees, denies), slip in itertools.product(pairs, ["ой нет", "хотя нет", "вернее", "ой подождите нет"]):
        assert answered(Question.ATTENDANCE, f"{agrees} {slip} {denies}").polarity is Polarity.NO
        assert answered(Question.ATTENDANCE, f"{denies} {slip} {agrees}").polarity is Polarity.YES
