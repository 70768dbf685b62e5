"""Whoever seems to have been told something wrong listens to the recording before they complain."""

from voicebot.simulator.facts import Hearing
from voicebot.simulator.talk import Ear
from voicebot.simulator.tape import Tape
from voicebot.simulator.witness import Witness


async def listen_again(witness: Witness, tape: Tape, ear: Ear) -> None:
    """Let the facts that are heard in the recording count, if fewer of them are wrong or missing.

    In the call each phrase is decoded by its parts, as they come. A machine that stood still for a moment tears
    “в десять часов” from “тридцать минут”; a person puts that together, so here all that the robot said between
    two answers is decoded at once. What the robot really said wrongly is wrong here too.
    """
    if not witness.errors:
        return
    first, errors = witness.hearings, len(witness.errors)
    witness.hearings = await _hearings(witness, tape, ear)
    if len(witness.errors) >= errors:
        witness.hearings = first


async def _hearings(witness: Witness, tape: Tape, ear: Ear) -> list[Hearing]:
    answers = [said.ended for said in witness.said]
    texts = [await ear.decoder.words(stretch) for stretch in tape.stretches(answers)]
    return [hearing for text in texts for hearing in ear.candidates.find(text, ear.today)]
