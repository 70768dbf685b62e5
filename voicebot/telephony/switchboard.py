"""What every call of one robot shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voicebot.config import Settings
from voicebot.speech.audio import Samples
from voicebot.speech.ear import Ears
from voicebot.telephony.ami import Ami
from voicebot.telephony.ari import Ari


class Phrases(Protocol):
    """Prepared sound of what the robot says: `speech.phrasebook.Phrasebook`."""

    async def speech(self, fragments: Sequence[str]) -> Samples:
        """The fragments joined, at 8 kHz."""


@dataclass(frozen=True, kw_only=True)
class Switchboard:
    """Connections, settings, hearing and voice."""

    ari: Ari
    ami: Ami
    settings: Settings
    phrases: Phrases
    ears: Ears | None  #: None: there is no speech model, calls work by keys
