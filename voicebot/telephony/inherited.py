"""Which channels are a robot's, and what is to become of them without it. Shared by the guard and by a new robot."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

OWNER = "VOICEBOT_APP"  #: channel variable of dialled channels: the application that dials
MEDIA = "-media"  #: end of a media channel's id
BRIDGE = "-bridge"  #: end of a call's bridge's id


class Fate(StrEnum):
    """What is done with a channel whose robot is gone."""

    RESCUE = "rescue"  #: somebody is on the line: apology, then a person
    HANG_UP = "hang_up"  #: a media channel, or a telephone that rings for nobody
    UNKNOWN = "unknown"  #: it rings, dialled by some application: OWNER tells which


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A channel as AMI or ARI shows it."""

    channel_id: str
    application: str
    data: str  #: the application's arguments

    @classmethod
    def by_ami(cls, row: Mapping[str, str]) -> "Seen":
        """Out of `CoreShowChannels`."""
        return cls(
            channel_id=row["Uniqueid"],
            application=row.get("Application", ""),
            data=row.get("ApplicationData", ""),
        )

    def fate(self, app: str) -> Fate | None:
        """None: it is not the application's.

        Measured on Asterisk 22: in the application a channel shows `Stasis` and `APP,ARGUMENTS`, inbound and dialled
        alike; while a dialled one rings it shows `AppDial2` (a queue's or Dial()'s ringing shows another name).
        """
        if self.application == "Stasis" and self.data.split(",")[0] == app:
            return Fate.HANG_UP if self.channel_id.endswith(MEDIA) else Fate.RESCUE
        return Fate.UNKNOWN if self.application == "AppDial2" else None
