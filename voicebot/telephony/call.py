"""One call as a dialogue sees it: `dialog.ports.Line` over a real channel."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager
from math import log10
from typing import Any, TypeVar

from voicebot.dialog.ports import Handover, Listening, Prompt, Reply
from voicebot.errors import AmiError, HungUp, MachineAnswered, VoicebotError
from voicebot.speech.echo import EchoGate
from voicebot.speech.pace import Pace
from voicebot.speech.vad import NoiseGate
from voicebot.telephony import handover as handovers
from voicebot.telephony.ami import AmiEvent
from voicebot.telephony.leg import Leg
from voicebot.telephony.media import Frame, Media, Playback
from voicebot.telephony.media_kinds import media_of
from voicebot.telephony.overheard import Listener, Overheard
from voicebot.telephony.recording import Recording
from voicebot.telephony.switchboard import Switchboard
from voicebot.telephony.turn import Turn

log = logging.getLogger(__name__)

Done = TypeVar("Done")

_KEPT = 150  # frames (3 s) of what is said between two turns
_STILL = 15  # frames without voice, after which nobody speaks any more


@asynccontextmanager
async def open_call(board: Switchboard, leg: Leg) -> AsyncIterator["Call"]:
    """The call on a leg that has been answered. The sound ends with the block, the leg need not.

    Raises:
        MediaError: Asterisk gives no sound.
    """
    call = Call(board, leg)
    try:
        await call.connect()
        yield call
    finally:
        await asyncio.shield(call.close())


class Call:
    """Implements `Line`; made by `open_call`."""

    def __init__(self, board: Switchboard, leg: Leg) -> None:
        self._board = board
        self._leg = leg
        self._media: Media | None = None
        self._turn: Turn | None = None
        self._between: deque[Frame] = deque(maxlen=_KEPT)
        self._overheard = Overheard()
        self._pace = Pace()
        self._echo = EchoGate()
        self._vad = NoiseGate()
        self._breaking: asyncio.Future[VoicebotError] = asyncio.get_running_loop().create_future()
        self._listener: asyncio.Task[None] | None = None
        folder = board.settings.recordings_dir
        self._recording = Recording(board.ami, leg.channel_id, folder) if board.settings.recording.enabled else None
        self._handed_over = False

    @property
    def call_id(self) -> str:
        return self._leg.channel_id

    async def say(self, prompt: Prompt) -> float | None:
        return await self._while_up(self._say(prompt))

    async def ask(self, prompt: Prompt, listening: Listening) -> Reply:
        return await self._while_up(self._ask(prompt, listening))

    async def transfer(self, handover: Handover) -> bool:
        if not self._is_up:
            raise self._hung_up()
        ari, operators = self._board.ari, self._board.settings.operators
        await ari.set_variable(self.call_id, handovers.VARIABLE, handovers.encode(handover))
        await ari.set_variable(self.call_id, "VOICEBOT_WAIT", str(round(operators.wait.total_seconds())))
        if handover.facts.get("priority"):
            await ari.set_variable(self.call_id, "QUEUE_PRIO", handover.facts["priority"])
        extension = operators.groups.get(handover.facts.get("group", ""), operators.extension)
        self._leg.returned = False
        with self._board.ami.events("DialEnd") as dial_ends:
            await ari.continue_in_dialplan(self.call_id, operators.context, extension)
            await self._disconnect()
            self._handed_over = await self._person_answers(dial_ends)
        if self._handed_over:
            log.info("a person has taken the call")
            return True
        if self._leg.ending:
            raise self._hung_up()
        log.info("nobody took the call")
        await self.connect()
        return False

    async def hang_up(self) -> None:
        if not self._handed_over:
            await self._leg.hang_up()

    def overheard(self, by: Listener) -> AbstractContextManager[None]:
        """While the block lasts, `by` gets every frame of the other side."""
        return self._overheard.by(by)

    def is_speaking(self) -> bool:
        """Whether the other side speaks now, between two turns."""
        gate = NoiseGate()
        heard = [gate.voiced(frame.samples) for frame in self._between]
        return any(heard[-_STILL:])

    def break_off(self, error: VoicebotError) -> None:
        """Be silent now; the `say` or `ask` under way, else the next one, raises the error."""
        self._leg.machine = isinstance(error, MachineAnswered)
        if not self._breaking.done():
            self._breaking.set_result(error)
        if self._media:
            self._media.flush()

    async def connect(self) -> None:
        """Sound and recording.

        Raises:
            MediaError: Asterisk gives no sound.
        """
        self._media = await media_of(self._board.settings.ari.media).connect(self._board.ari, self.call_id)
        self._listener = asyncio.create_task(self._listen(self._media), name=f"listen {self.call_id}")
        if self._recording:
            try:
                await self._recording.start()
            except AmiError:
                log.exception("the call is not recorded")
                self._recording = None

    async def close(self) -> None:
        """End the sound, and finish the recording."""
        if self._echo.gain:
            log.info(
                "the other side sent the robot's voice back", extra={"decibels": round(20 * log10(self._echo.gain))}
            )
        await self._disconnect()
        if self._recording:
            await self._recording.finish()

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def _is_up(self) -> bool:
        heard = self._listener is not None and not self._listener.done()
        return heard and self._leg.in_app and self._leg.ending is None

    async def _say(self, prompt: Prompt) -> float | None:
        playback = await self._play(prompt)
        if playback is None:
            return None
        if not await self._sound.played(playback):
            raise self._hung_up()
        return playback.first_frame_at

    async def _ask(self, prompt: Prompt, listening: Listening) -> Reply:
        playback = await self._play(prompt)
        breaks = await self._breaks(prompt) if prompt.lead else ()
        lead = (*breaks, len(playback.samples))[prompt.lead] if playback and prompt.lead else 0
        self._turn = Turn(
            self._sound,
            self._board.ears,
            listening,
            earlier=tuple(self._between),
            lead=lead,
            breaks=breaks,
            pace=self._pace,
            vad=self._vad,
        )
        self._between.clear()
        try:
            return await self._turn.answer(playback)
        finally:
            self._turn = None

    async def _play(self, prompt: Prompt) -> Playback | None:
        if not prompt.fragments:
            return None
        playback = self._sound.play(await self._board.phrases.speech(prompt.fragments))
        self._overheard.playing(playback)
        return playback

    async def _breaks(self, prompt: Prompt) -> tuple[int, ...]:
        """Where in the prompt's sound each fragment begins, in samples."""
        parts = [prompt.fragments[:end] for end in range(1, len(prompt.fragments))]
        return (0, *[len(await self._board.phrases.speech(part)) for part in parts])

    @property
    def _sound(self) -> Media:
        if self._media is None:
            raise self._hung_up()
        return self._media

    async def _listen(self, media: Media) -> None:
        async for heard in media:
            if isinstance(heard, Frame):
                heard = Frame(samples=self._echo.passed(heard.samples, media.sounding()), at=heard.at)
                self._overheard.hear(heard, media)
            if self._turn:
                self._turn.hear(heard)
            elif isinstance(heard, Frame):
                self._between.append(heard)

    async def _while_up(self, work: Coroutine[Any, Any, Done]) -> Done:
        """Do it, unless the other side goes first, or somebody breaks it off."""
        working = asyncio.create_task(work)
        gone = asyncio.create_task(self._gone())
        try:
            ends: set[asyncio.Future[Any]] = {working, gone, self._breaking}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            if self._breaking.done():
                error = self._breaking.result()
                self._breaking = asyncio.get_running_loop().create_future()
                raise error
            raise self._hung_up()
        finally:
            for task in (working, gone):
                task.cancel()
            await asyncio.gather(working, gone, return_exceptions=True)

    async def _gone(self) -> None:
        if self._listener is None:
            return
        left = asyncio.create_task(self._leg.until(lambda leg: not leg.in_app))
        try:
            await asyncio.wait({left, self._listener}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()

    async def _person_answers(self, dial_ends: asyncio.Queue[AmiEvent]) -> bool:
        """Wait until a person answers the queue's or the dialplan's dialling, or the call is back, or has ended."""
        answered = asyncio.create_task(self._answered(dial_ends))
        back = asyncio.create_task(self._leg.until(lambda leg: leg.returned and leg.in_app))
        try:
            await asyncio.wait({answered, back}, return_when=asyncio.FIRST_COMPLETED)
            return answered.done()
        finally:
            for task in (answered, back):
                task.cancel()

    async def _answered(self, dial_ends: asyncio.Queue[AmiEvent]) -> None:
        while True:
            event = await dial_ends.get()
            if event.get("Uniqueid") == self.call_id and event.get("DialStatus") == "ANSWER":
                return

    async def _disconnect(self) -> None:
        if self._listener:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
            self._listener = None
        if self._media:
            await self._media.close()
            self._media = None
        if self._recording:
            await self._recording.stop()

    def _hung_up(self) -> HungUp:
        return HungUp("the other side hung up", place=self.call_id)
