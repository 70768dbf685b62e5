"""How soon after "алло" people who are called are greeted: each hangs up in the middle of the greeting."""

from pathlib import Path

from voicebot.bench.answers import Waits
from voicebot.demo import cast, run
from voicebot.demo.cast import Member, Patient, Visit

_SCENARIO, _PERSONA = "confirmation", "hangs_up"
_NAMES = ("Мария", "Елена", "Ольга", "Анна", "Ирина")


async def measure_greetings(state_dir: Path, calls: int) -> Waits:
    """Call so many people, in fifteen voices.

    Raises:
        VoicebotError: something is missing on this machine, or does not start.
    """
    ended = await run.run(state_dir, tell=lambda _: None, people=[_member(index) for index in range(calls)])
    greetings = [one.greeting for verdict in ended.verdicts for one in verdict.witnesses]
    return Waits.of(one.milliseconds for one in greetings if one)


def _member(index: int) -> Member:
    patient = Patient(surname="Иванова", name=_NAMES[index % len(_NAMES)], patronymic="Петровна")
    visit = Visit.model_validate(
        {"in_days": 2 + index, "at": "15:00", "specialty": "кардиолог", "doctor": "Соколов Андрей Николаевич"}
    )
    about = {"persona": _PERSONA, "patient": patient, "number": f"+7916{index:07}", "visit": visit}
    return cast.member(_SCENARIO, about)
