"""Which kind of sound the settings choose."""

from voicebot.config import MediaKind
from voicebot.telephony.bridged import BridgedMedia
from voicebot.telephony.media_audiosocket import MediaAudiosocket
from voicebot.telephony.media_websocket import MediaWebsocket


def media_of(kind: MediaKind) -> type[BridgedMedia]:
    """The implementation of `Media` that speaks it."""
    return MediaAudiosocket if kind is MediaKind.AUDIOSOCKET else MediaWebsocket
