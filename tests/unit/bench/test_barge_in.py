"""What `voicebot bench barge-in` makes of the loudness of a prompt."""

import numpy as np
import pytest

from voicebot.bench.barge_in import BargeIn, judge
from voicebot.speech.audio import RATE

LOUD, DUCKED, SILENT = -13.0, -28.0, -72.0
SOUND = np.concatenate([np.full(round(0.5 * RATE), 8000, np.int16), np.zeros(800, np.int16)])


@pytest.mark.parametrize(
    ("levels", "ducked", "silent"),
    [
        ([(0.0, LOUD), (1.16, DUCKED), (1.4, SILENT)], 0.16, 0.4),  # lowered, then stopped
        ([(0.0, LOUD), (1.4, SILENT)], 0.4, 0.4),  # stopped at once
        ([(0.0, LOUD), (1.16, DUCKED), (1.7, LOUD), (4.5, SILENT)], 0.16, None),  # raised again
        ([(0.0, LOUD), (4.5, SILENT)], None, None),  # went on as if nothing were
    ],
)
def test_what_became_of_a_prompt_is_read_from_its_loudness(
    levels: list[tuple[float, float]], ducked: float | None, silent: float | None
) -> None:
    at = np.arange(0.0, 5.2, 0.02)
    heard = [(float(one), [level for since, level in levels if since <= one + 1e-9][-1]) for one in at]
    trial = judge("да приду", SOUND, 1.0, heard)
    assert (trial.ducked, trial.silent) == (pytest.approx(ducked, abs=0.021), pytest.approx(silent, abs=0.021))
    found = BargeIn(trials=[trial]).as_json()
    assert (found["n"], found["not_stopped"]) == (1, 0 if silent else 1)
