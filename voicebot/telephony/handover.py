"""What an operator is told, as it travels in a SIP header."""

import base64
import json

from voicebot.dialog.ports import Handover

HEADER = "X-Voicebot-Handover"
VARIABLE = "__VOICEBOT_HANDOVER"  #: channel variable, inherited by the operator's channel
_LONGEST = 900  # bytes of JSON; a SIP message over UDP must stay below 1,300 or so


def encode(handover: Handover) -> str:
    """URL-safe base64 of compact JSON; the last facts are left out where all would be too long (the store has them)."""
    facts = dict(handover.facts)
    while len(raw := _json(handover, facts)) > _LONGEST and facts:
        facts.popitem()
    return base64.urlsafe_b64encode(raw).decode("ascii")


def decode(header: str) -> Handover:
    """
    Raises:
        ValueError: this is not a hand-over.
    """
    told = json.loads(base64.urlsafe_b64decode(header))
    return Handover(call_id=told["call"], reason=told["reason"], facts=told["facts"])


def _json(handover: Handover, facts: dict[str, str]) -> bytes:
    told = {"call": handover.call_id, "reason": handover.reason, "facts": facts}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
