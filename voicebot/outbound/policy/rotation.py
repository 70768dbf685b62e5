"""Which of a person's numbers come next."""

from voicebot.outbound.policy.past import History, NumberHistory


def in_order(history: History) -> tuple[NumberHistory, ...]:
    """The numbers that are not dead, in the order in which they are to be tried.

    The number called last comes last when nobody could be reached on it, else first: who was talking there, or whom
    our own trunk did not let us reach, is called there again.
    """
    last = history.last
    first = () if last is not None and last.closes_number else (history.number,)
    ordered = (*history.others, *first) if last is not None and last.rotates else (*first, *history.others)
    return tuple(number for number in ordered if not number.dead)
