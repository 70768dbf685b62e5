"""How personas answer."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from voicebot.errors import CityError
from voicebot.simulator.conduct import Act, Conduct
from voicebot.simulator.persona import FOLDER, Persona, Pickup, Then, persona, read
from voicebot.simulator.vocabulary import Vocabulary


def somebody(rules: str, **more: object) -> Conduct:
    return Conduct(
        Persona.model_validate({"about": "x", "ends": {"outcome": "answered"}, "rules": yaml.safe_load(rules), **more})
    )


def hear(conduct: Conduct, text: str) -> Act | None:
    candidates = Vocabulary.load().candidates(["иванова мария петровна"])
    return conduct.hear(text, candidates.find(text, date(2026, 11, 21)))


def test_the_first_rule_that_matches_applies() -> None:
    conduct = somebody("[{hears: [до свидания], then: wait}, {hears: <date>, says: да приду}]")
    assert hear(conduct, "ждём вас двадцать четвёртого ноября до свидания") == Act(then=Then.WAIT)
    assert hear(conduct, "вы записаны двадцать четвёртого ноября") == Act(says="да приду")


def test_words_match_as_whole_words_standing_together() -> None:
    conduct = somebody("[{hears: [вы сможете], says: да}]")
    assert hear(conduct, "тогда вы сможете прийти") == Act(says="да")
    assert hear(conduct, "вы не сможете") is None
    assert hear(conduct, "вы сможетеда") is None


def test_a_second_time_gets_the_second_answer_and_the_last_one_stays() -> None:
    conduct = somebody("[{hears: сможете, says: [да, да приду]}]")
    assert [hear(conduct, "сможете") for _ in range(3)] == [Act(says="да"), Act(says="да приду"), Act(says="да приду")]


def test_a_rule_for_once_leaves_the_next_one_its_turn() -> None:
    conduct = somebody("[{hears: сможете, says: минутку, once: true}, {hears: сможете, presses: '1'}]")
    assert [hear(conduct, "сможете") for _ in range(2)] == [Act(says="минутку"), Act(presses="1")]


def test_who_understands_nothing_asks_twice_and_hangs_up() -> None:
    conduct = somebody("[]")
    again = Act(says="повторите пожалуйста", asks_again=True)
    assert [conduct.puzzled() for _ in range(3)] == [again, again, Act(then=Then.HANG_UP)]


def test_who_hears_nothing_calls_twice_and_hangs_up() -> None:
    conduct = somebody("[]")
    again = Act(says="алло", asks_again=True)
    assert [conduct.silence() for _ in range(3)] == [again, again, Act(then=Then.HANG_UP)]


def test_a_silent_person_stays_silent() -> None:
    conduct = somebody("[]", asks_again="", impatient="")
    assert [conduct.puzzled(), conduct.silence()] == [Act(), Act()]


def test_the_telephone_is_answered_as_listed_call_by_call() -> None:
    one = Persona.model_validate(
        {"about": "x", "ends": {"outcome": "answered"}, "answers": [{"refuse": 486}, {"rings": 2}]}
    )
    assert [one.pickup(call) for call in range(3)] == [Pickup(refuse=486), Pickup(rings=2), Pickup(rings=2)]


def test_a_wrong_key_or_fact_is_named_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text("about: x\nends: {outcome: answered}\nrules: [{hears: <dat>}]", encoding="utf-8")
    with pytest.raises(CityError, match=r"odd\.yaml: rules.0: .*<dat> is not one of"):
        read(file)
    file.write_text("about: x\nends: {outcome: answered}\nrulez: []", encoding="utf-8")
    with pytest.raises(CityError, match=r"odd\.yaml: rulez"):
        read(file)
    with pytest.raises(CityError, match=r"no persona 'nobody'.*confirms"):
        persona("nobody")


@pytest.mark.parametrize("key", sorted(file.stem for file in FOLDER.glob("*.yaml")))
def test_every_persona_of_the_city_can_be_read(key: str) -> None:
    assert persona(key).key == key
