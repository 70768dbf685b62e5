"""A telephone's sound: what comes in at its port."""

import socket
import struct

import numpy as np

from voicebot.simulator.rtp import NO_TROUBLE, PAYLOAD_TYPE, RtpSound
from voicebot.speech.audio import FRAME
from voicebot.speech.codec import ALAW

LOUD = np.full(FRAME, 8000, dtype=np.int16)
SENDER_REPORT = struct.pack("!BBHI20x", 0x80, 200, 6, 1) + bytes(range(24))  # RFC 3550, 6.4.1
DIGIT = struct.pack("!BBHIIBBH", 0x80, 101, 1, 0, 1, 5, 10, 160)  # RFC 4733


def sound_packet() -> bytes:
    return struct.pack("!BBHII", 0x80, PAYLOAD_TYPE | 0x80, 1, 160, 1) + ALAW.encode(LOUD)


async def test_reports_and_digits_are_not_heard_as_sound() -> None:
    """A neighbour's reports come to the port above its own, which may be this telephone's."""
    sound = await RtpSound.open(NO_TROUBLE)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk:
        for packet in (SENDER_REPORT, DIGIT, b"", sound_packet()):
            asterisk.sendto(packet, ("127.0.0.1", sound.port))
        heard = await anext(aiter(sound))
    sound.close()
    assert heard.samples.min() > LOUD[0] * 0.95
