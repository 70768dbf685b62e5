from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from voicebot.outbound.sharing import Share, next_in_turn

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def share(campaign: int, lines: int, taken: int, minutes_ago: int | None = None) -> Share:
    last = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    return Share(campaign=campaign, lines=lines, taken=taken, last_call_at=last)


@pytest.mark.parametrize(
    ("shares", "turn"),
    [
        ([], None),
        ([share(1, 2, 2), share(2, 1, 1)], None),
        ([share(1, 2, 1), share(2, 2, 0)], 2),
        ([share(1, 10, 3), share(2, 2, 1)], 1),
        ([share(1, 10, 6), share(2, 2, 1)], 2),
        ([share(1, 2, 5), share(2, 2, 1)], 2),
        ([share(1, 2, 0, minutes_ago=1), share(2, 2, 0, minutes_ago=9)], 2),
        ([share(1, 2, 0, minutes_ago=1), share(2, 2, 0)], 2),
        ([share(2, 2, 0), share(1, 2, 0)], 1),
    ],
    ids=[
        *("nobody", "all have theirs", "who has less", "less of its own", "a large one does not starve a small one"),
        *("made smaller while it calls", "who waited longer", "who never called", "the older of two new ones"),
    ],
)
def test_whose_turn_it_is(shares: list[Share], turn: int | None) -> None:
    found = next_in_turn(shares)
    assert (found and found.campaign) == turn


def test_lines_are_shared_as_campaigns_may_have_them() -> None:
    wanted = {1: 10, 2: 5, 3: 1}
    taken: Counter[int] = Counter()
    for _ in range(8):
        turn = next_in_turn(share(key, lines, taken[key]) for key, lines in wanted.items())
        assert turn is not None
        taken[turn.campaign] += 1
    assert taken == {1: 5, 2: 2, 3: 1}
