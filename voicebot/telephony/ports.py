"""TCP and UDP ports of an Asterisk of our own."""

import socket
from dataclasses import dataclass

from voicebot.errors import TelephonyError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where one Asterisk listens."""

    http: int  #: TCP: ARI and media sockets
    ami: int  #: TCP
    sip: int  #: UDP
    rtp_start: int = 20000  #: UDP; several Asterisks may share a range: a taken port is skipped
    rtp_end: int = 29999

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody holds just now."""
        return cls(http=_free(socket.SOCK_STREAM), ami=_free(socket.SOCK_STREAM), sip=_free(socket.SOCK_DGRAM))

    def values(self) -> dict[str, int]:
        """As the templates name them."""
        return {
            "http_port": self.http,
            "ami_port": self.ami,
            "sip_port": self.sip,
            "rtp_start": self.rtp_start,
            "rtp_end": self.rtp_end,
        }

    def check(self) -> None:
        """
        Raises:
            TelephonyError: a port is taken; names it.
        """
        _check("http_port", self.http, socket.SOCK_STREAM)
        _check("ami_port", self.ami, socket.SOCK_STREAM)
        _check("sip_port", self.sip, socket.SOCK_DGRAM)


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _check(key: str, port: int, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            # As Asterisk does: closed connections that still linger are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            protocol = "tcp" if kind is socket.SOCK_STREAM else "udp"
            mend = "Stop the program that holds it, or choose another port."
            raise TelephonyError(f"port {port}/{protocol} is taken", place=key, mend=mend) from None
