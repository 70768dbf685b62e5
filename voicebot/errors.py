"""The error tree: every error says what is wrong, where, and how to mend it."""


class VoicebotError(Exception):
    """Something that the user can mend.

    `what` is one sentence, `place` a file, row, key or address, `mend` what to do about it.
    `str(error)` is the one line that the command line prints.
    """

    exit_code = 1

    def __init__(self, what: str, *, place: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.place = place
        self.mend = mend

    def __str__(self) -> str:
        line = f"{self.place}: {self.what}" if self.place else self.what
        return f"{line.rstrip('.')}. {self.mend}" if self.mend else line


class ConfigError(VoicebotError):
    """A setting is wrong or missing."""

    exit_code = 2


class ScenarioError(VoicebotError):
    """A scenario file cannot be used."""

    exit_code = 3


class ListError(VoicebotError):
    """A campaign list cannot be read at all (single bad rows are reported, not raised)."""

    exit_code = 4


class StoreError(VoicebotError):
    """The appointment and case store refused or did not answer."""

    exit_code = 5


class SpeechError(VoicebotError):
    """Recognition or synthesis cannot work."""

    exit_code = 6


class ModelMissing(SpeechError):
    """A speech model or voice is not installed."""


class TelephonyError(VoicebotError):
    """Asterisk, or the way to it, does not work."""

    exit_code = 7


class AsteriskMissing(TelephonyError):
    """No Asterisk that is new enough."""


class AriError(TelephonyError):
    """ARI refused (`status` is the HTTP status), or is not there (None)."""

    status: int | None = None


class AriNotFound(AriError):
    """The channel, bridge or variable is not there (any more)."""

    status = 404


class AmiError(TelephonyError):
    """AMI refused, or is not there."""


class MediaError(TelephonyError):
    """The audio connection to Asterisk failed."""


class HungUp(VoicebotError):
    """The other side hung up (an event of the call, not a fault); the talk ends where it was."""


class MachineAnswered(VoicebotError):
    """No person took the call (an event of the call, not a fault); what the machine "said" counts for nothing."""


class OutsideError(VoicebotError):
    """An outside system (insurer, messenger, SMS, FHIR) refused or did not answer."""

    exit_code = 8


class ProgramMissing(VoicebotError):
    """A program of Debian's packages is not installed, or cannot be."""

    exit_code = 12


class CityError(VoicebotError):
    """The simulated telephone network, or a persona in it, cannot be used."""

    exit_code = 10


class CampaignError(VoicebotError):
    """A campaign is missing, or cannot do what was asked in the state that it is in."""

    exit_code = 11
