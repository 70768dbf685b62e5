"""One simulated call of any scenario: a patient of the cast, played by any persona, over real SIP."""

from collections.abc import Callable
from pathlib import Path

from voicebot.demo import cast, run
from voicebot.demo.cast import Member
from voicebot.demo.run import Ended
from voicebot.dialog import catalog
from voicebot.errors import CityError
from voicebot.simulator.persona import FOLDER, persona


async def call(
    scenario: str, *, persona_key: str = "", state_dir: Path, seed: int = 0, tell: Callable[[str], None]
) -> Ended:
    """Let the robot call, or be called by, one person; `tell` gets the transcript line by line.

    Args:
        scenario: a name, or a file.
        persona_key: who plays; empty: the first of the cast who talks in this scenario.
        seed: another one gives another voice.

    Raises:
        ScenarioError: the scenario cannot be used.
        CityError: there is no such persona, or the cast has nobody for this scenario and none is named.
        VoicebotError: something is missing on this machine, or does not start.
    """
    return await run.run(state_dir, tell=tell, seed=seed, people=[someone(scenario, persona_key)])


def someone(scenario: str, persona_key: str = "") -> Member:
    """The person; where the cast has none for the scenario, any with a visit.

    Raises:
        ScenarioError, CityError: see `call`.
    """
    found, everybody = catalog.find(scenario), cast.everybody()
    theirs = [one for one in everybody if one.scenario == found.name]
    if not (theirs or persona_key):
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise CityError(f"nobody of the cast is for {found.name!r}", mend=f"Name who plays, --persona: {known}.")
    as_named = [one for one in theirs if one.persona == persona_key]
    like = next(iter([*as_named, *theirs, *everybody]))
    key = persona(persona_key or like.persona).key
    about = {**like.model_dump(exclude={"scenario", "calls"}), "persona": key}
    return cast.member(scenario, about)
