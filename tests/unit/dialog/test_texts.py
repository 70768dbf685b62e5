"""What can be rendered before anybody speaks."""

from collections.abc import Callable

from voicebot.dialog import texts
from voicebot.dialog.scenario import Scenario

STEPS = """
  first:
    ask: "Я говорю с {{ patient.name | name }}? {% if more %}Звонит {{ clinic.name }}. {% endif %}Вы придёте?"
    on: {"yes": two, "no": two}
  two: {say: "Здравствуйте, это {{ clinic.name }}!", next: end}
"""


def test_of_a_text_that_only_the_talk_completes_the_rest_can_be_prepared(scenario: Callable[[str], Scenario]) -> None:
    prepared = texts.fragments(scenario(STEPS), {"clinic": {"name": "поликлиника"}})
    assert {"Я говорю с", "Звонит", "Вы придёте?", "Здравствуйте,", "это поликлиника!"} <= set(prepared)
    assert not [one for one in prepared if "{" in one or "patient" in one]
