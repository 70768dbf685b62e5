"""A telephone that calls the robot's Asterisk by itself: SIP and RTP over UDP, no exchange between.

Without the callers' own Asterisk many of them fit beside the robot on one machine.
"""

import asyncio
import uuid
from types import TracebackType
from typing import Self

from voicebot.errors import TelephonyError
from voicebot.simulator import sip
from voicebot.simulator.rtp import NO_TROUBLE, PAYLOAD_TYPE, RtpSound, Trouble
from voicebot.simulator.sip import Message
from voicebot.telephony.ports import LOOPBACK

_RESENT_AFTER = 0.5  # seconds, doubled each time: T1 of RFC 3261, 17.1.1
_BYE_LIMIT = 2.0  # seconds that the other side has to confirm the end
_OK, _FAILED = 200, 300  # statuses that end a request begin here


class Telephone(asyncio.DatagramProtocol):
    """async with Telephone(number, robot_port) as phone: if await phone.call(there, limit): phone.sound …"""

    def __init__(self, number: str, port: int, trouble: Trouble = NO_TROUBLE) -> None:
        """
        Args:
            number: of this telephone.
            port: SIP port of the robot's Asterisk on this machine.
        """
        self.sound: RtpSound
        self._number, self._trouble = number, trouble
        self._exchange = (LOOPBACK, port)
        self._transport: asyncio.DatagramTransport
        self._call_id = uuid.uuid4().hex
        self._to = self._target = ""
        self._branch = self._new_branch()
        self._provisional = asyncio.Event()
        self._answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.sound = await RtpSound.open(self._trouble)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._over.is_set():
            await self._leave()
        self.sound.close()
        self._transport.close()

    async def call(self, number: str, limit: float) -> bool:
        """Ring; whether it was answered. Who does not answer within `limit` seconds is no longer called.

        Raises:
            TelephonyError: no SIP speaks at that port.
        """
        self._target = f"sip:{number}@{LOOPBACK}:{self._exchange[1]}"
        self._to = f"<{self._target}>"
        try:
            async with asyncio.timeout(limit):
                sending = asyncio.create_task(self._until(self._provisional, "INVITE", self._session()), name="invite")
                try:
                    final = await asyncio.shield(self._answered)
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)
        except TimeoutError:
            if not self._provisional.is_set():
                raise TelephonyError("nobody answers SIP", place=f"{LOOPBACK}:{self._exchange[1]}") from None
            return False
        if final.status >= _FAILED:
            return False
        self.sound.start(sip.sound_address(final.body))
        return True

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = Message.parse(data)
        if message.method:
            self._requested(message)
        elif message.answers == "INVITE":
            self._responded(message)
        elif message.answers == "BYE":
            self._over.set()

    def _requested(self, message: Message) -> None:
        """What the other side wants during the call."""
        if message.method == "ACK":
            return
        body = self._session() if message.method == "INVITE" else ""
        known = message.method in ("INVITE", "BYE", "OPTIONS")
        self._transport.sendto(message.response("200 OK" if known else "501 Not Implemented", body), self._exchange)
        if message.method == "BYE":
            self._over.set()
            self.sound.close()

    def _responded(self, message: Message) -> None:
        self._provisional.set()
        if message.status < _OK:
            return
        self._to = message.header("To")
        if message.status < _FAILED:  # an acknowledgement of its own; of a refusal it belongs to the same transaction
            self._target = message.header("Contact").partition("<")[2].partition(">")[0] or self._target
            self._branch = self._new_branch()
        else:
            self._over.set()
        self._send("ACK")
        if not self._answered.done():
            self._answered.set_result(message)

    async def _leave(self) -> None:
        """Take the call back, or hang up."""
        if not self._provisional.is_set():
            return
        answered = self._answered.done()
        if answered:
            self._branch = self._new_branch()
        try:
            async with asyncio.timeout(_BYE_LIMIT):
                await self._until(self._over, "BYE" if answered else "CANCEL")
        except TimeoutError:
            pass  # it is gone without a word: there is nobody to tell

    async def _until(self, done: asyncio.Event, method: str, body: str = "") -> None:
        """Send, and send again, as long as nothing is heard of it."""
        wait = _RESENT_AFTER
        while not done.is_set():
            self._send(method, body)
            try:
                async with asyncio.timeout(wait):
                    await done.wait()
            except TimeoutError:
                wait *= 2

    def _send(self, method: str, body: str = "") -> None:
        host, port = self._transport.get_extra_info("sockname")
        here = f"sip:{self._number}@{host}"
        headers = {
            "Via": f"SIP/2.0/UDP {host}:{port};branch={self._branch};rport",
            "Max-Forwards": "70",
            "From": f"<{here}>;tag={self._call_id[:8]}",
            "To": self._to,
            "Call-ID": self._call_id,
            "CSeq": f"{2 if method == 'BYE' else 1} {method}",
            "Contact": f"<{here}:{port}>",
        }
        self._transport.sendto(sip.request(method, self._target, headers, body), self._exchange)

    def _session(self) -> str:
        return sip.offer(LOOPBACK, self.sound.port, PAYLOAD_TYPE)

    def _new_branch(self) -> str:
        return f"z9hG4bK{uuid.uuid4().hex}"
