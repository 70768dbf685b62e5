"""SIP messages as one telephone sends and understands them (RFC 3261; sessions are described by RFC 4566)."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message as Headers
from email.parser import HeaderParser
from typing import Self

_VERSION = "SIP/2.0"
_HEAD_ENDS = "\r\n\r\n"
_PARSER = HeaderParser()  # a SIP header is written as a mail's is (RFC 3261, 7.3.1)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A request or a response."""

    method: str  #: of a request; of a response: empty
    status: int  #: of a response; of a request: 0
    headers: Headers
    body: str

    @classmethod
    def parse(cls, datagram: bytes) -> Self:
        """
        Raises:
            ValueError: this is no SIP.
        """
        head, _, body = datagram.decode("utf-8").partition(_HEAD_ENDS)
        start, _, rest = head.partition("\r\n")
        first, second, *_ = start.split(" ", 2)
        is_response = first == _VERSION
        return cls(
            method="" if is_response else first,
            status=int(second) if is_response else 0,
            headers=_PARSER.parsestr(rest),
            body=body,
        )

    def header(self, name: str) -> str:
        """The first of this name; empty when there is none."""
        return str(self.headers.get(name, ""))

    @property
    def answers(self) -> str:
        """The method of the request that a response answers."""
        return self.header("CSeq").partition(" ")[2]

    def response(self, status: str, body: str = "") -> bytes:
        """The answer to this request, for instance with `200 OK`."""
        copied = [
            (name, value)
            for name in ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")
            for value in self.headers.get_all(name, ())
        ]
        return _written(f"{_VERSION} {status}", copied, body)


def request(method: str, uri: str, headers: Mapping[str, str], body: str = "") -> bytes:
    """A request as it is sent."""
    return _written(f"{method} {uri} {_VERSION}", list(headers.items()), body)


def offer(host: str, port: int, payload_type: int) -> str:
    """A session of one codec with frames of 20 ms, here."""
    lines = (
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {payload_type}",
        "a=ptime:20",
        "a=sendrecv",
    )
    return "".join(f"{line}\r\n" for line in lines)


def sound_address(session: str) -> tuple[str, int]:
    """Where the other side of a session wants its sound.

    Raises:
        ValueError: the session has none.
    """
    lines = dict(line.split("=", 1) for line in reversed(session.splitlines()) if "=" in line)
    try:
        return lines["c"].split()[-1], int(lines["m"].split()[1])
    except (KeyError, IndexError) as error:
        raise ValueError(f"no sound in the session {session!r}") from error


def _written(start: str, headers: list[tuple[str, str]], body: str) -> bytes:
    kind = [("Content-Type", "application/sdp")] if body else []
    every = [*headers, *kind, ("Content-Length", str(len(body.encode())))]
    return "".join([f"{start}\r\n", *(f"{name}: {value}\r\n" for name, value in every), "\r\n", body]).encode()
