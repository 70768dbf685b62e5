"""How a dialling ended, from what the network said about it."""

from voicebot.outcomes import Outcome

#: SIP status → outcome, where it says more than the ISDN cause that Asterisk makes of it.
_BY_SIP = {
    403: Outcome.REJECTED,
    404: Outcome.INVALID_NUMBER,
    408: Outcome.UNREACHABLE,
    410: Outcome.INVALID_NUMBER,
    480: Outcome.NO_ANSWER,
    484: Outcome.INVALID_NUMBER,
    486: Outcome.BUSY,
    487: Outcome.CANCELLED,
    503: Outcome.CONGESTION,
    600: Outcome.BUSY,
    603: Outcome.REJECTED,
    604: Outcome.INVALID_NUMBER,
    607: Outcome.REJECTED,
    608: Outcome.REJECTED,
}

#: Q.850 cause → outcome. Causes that are not here are refusals of the network: `failed`.
_BY_CAUSE = {
    1: Outcome.INVALID_NUMBER,  # unallocated number
    3: Outcome.UNREACHABLE,  # no route to destination
    16: Outcome.CANCELLED,  # normal clearing before any answer: the ringing was stopped on our side
    17: Outcome.BUSY,
    18: Outcome.UNREACHABLE,  # no user responding: nothing rings at the far end
    19: Outcome.NO_ANSWER,
    20: Outcome.UNREACHABLE,  # subscriber absent: switched off or out of coverage
    21: Outcome.REJECTED,
    22: Outcome.INVALID_NUMBER,  # number changed
    26: Outcome.CANCELLED,  # answered elsewhere
    27: Outcome.UNREACHABLE,  # destination out of order
    28: Outcome.INVALID_NUMBER,  # invalid number format
    31: Outcome.NO_ANSWER,  # normal, unspecified
    34: Outcome.CONGESTION,  # no circuit
    38: Outcome.CONGESTION,  # network out of order
    41: Outcome.CONGESTION,  # temporary failure
    42: Outcome.CONGESTION,  # switching equipment congestion
    44: Outcome.CONGESTION,  # requested channel not available
    47: Outcome.CONGESTION,  # resource unavailable
    102: Outcome.NO_ANSWER,  # recovery on timer expiry
}


def outcome_of(cause: int | None, tech_cause: int | None = None, *, answered: bool = False) -> Outcome:
    """The outcome of one dialling.

    Args:
        cause: Q.850 cause of `ChannelDestroyed` (0 or None: not told).
        tech_cause: SIP status of the same (None: not told).
        answered: somebody, or something, picked up.
    """
    if answered:
        return Outcome.ANSWERED
    # A ring timeout, a silent peer and a dead port all come as 19 with a 480 of Asterisk's own making.
    if tech_cause in _BY_SIP:
        return _BY_SIP[tech_cause]
    return _BY_CAUSE.get(cause or 0, Outcome.FAILED)
