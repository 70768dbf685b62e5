"""One answered call: what comes from the robot is cut, decoded and judged; the persona answers what was heard."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from voicebot.simulator.conduct import Act, Conduct
from voicebot.simulator.mouth import Mouth
from voicebot.simulator.persona import Drop, Persona, Then
from voicebot.simulator.recogniser import Decoder
from voicebot.simulator.segments import Part, PhraseEnd, Segments
from voicebot.simulator.spoken import Candidates
from voicebot.simulator.tape import Tape
from voicebot.simulator.transcript import Heard, HeardPart, Said
from voicebot.simulator.witness import EndedBy, Witness
from voicebot.speech.audio import FRAME_SECONDS
from voicebot.telephony.media import Frame, Media

_TICK = 0.05  # seconds between two looks at the clock
_THINKING = 0.25  # seconds between understanding and answering
_GOES_ON = 1.5  # seconds that a person waits for more when what was said means nothing to them
_PATIENCE_AT_END = 10.0  # seconds that a person waits for the robot to hang up
_LONGEST = 180.0  # seconds; then the person hangs up whatever happens


@dataclass(frozen=True, kw_only=True)
class Ear:
    """What one person can hear."""

    decoder: Decoder
    candidates: Candidates
    today: date


@dataclass(kw_only=True)
class Talk:
    """The person's side of one call, from the answer to the hang-up."""

    media: Media
    persona: Persona
    ear: Ear
    mouth: Mouth
    tape: Tape
    witness: Witness
    press: Callable[[str], Awaitable[None]]  #: sends DTMF keys
    _segments: Segments = field(default_factory=Segments)
    _last_frame: float = field(default_factory=time.monotonic)
    _cut: asyncio.Queue[Part | PhraseEnd | None] = field(default_factory=asyncio.Queue)
    _heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    _undecoded: int = 0

    async def run(self) -> EndedBy:
        """Talk until the robot hangs up (the media ends) or the person wants to."""
        async with asyncio.TaskGroup() as group:
            understanding = group.create_task(self._understand())
            watching = group.create_task(self._watch_clock())
            listening = group.create_task(self._listen())
            acts = [group.create_task(self._converse())]
            if self.persona.drops:
                acts.append(group.create_task(self._walk_out(self.persona.drops)))
            await asyncio.wait((listening, *acts), return_when=asyncio.FIRST_COMPLETED, timeout=_LONGEST)
            ended_by = EndedBy.ROBOT if listening.done() else EndedBy.PERSON
            for task in (watching, listening, *acts):
                task.cancel()
            self._finish_phrase()
            await understanding
        return ended_by

    # --- hearing ----------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for item in self.media:
            if isinstance(item, Frame):
                self._last_frame = item.at
                self.tape.heard(item.samples, item.at)
                self._take(self._segments.feed(item.samples, item.at))

    async def _watch_clock(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            now = time.monotonic()
            if now - self._last_frame > 3 * FRAME_SECONDS:
                self._take(self._segments.tick(now))

    def _take(self, events: Iterable[Part | PhraseEnd]) -> None:
        for event in events:
            self._undecoded += 1
            self._cut.put_nowait(event)

    def _finish_phrase(self) -> None:
        """The line is dead: what was being said is over."""
        self._take(self._segments.tick(float("inf")))
        self._cut.put_nowait(None)

    async def _understand(self) -> None:
        parts: list[HeardPart] = []
        while (event := await self._cut.get()) is not None:
            if isinstance(event, Part):
                parts.append(HeardPart(text=await self._decode(event), started=event.started, ended=event.ended))
            else:
                heard = Heard(parts=tuple(parts), decided=time.monotonic())
                parts = []
                self.witness.heard.append(heard)
                self.witness.hearings += self.ear.candidates.find(heard.text, self.ear.today)
                if heard.text:  # ringing is nothing to answer
                    self._heard.put_nowait(heard)
            self._undecoded -= 1

    async def _decode(self, part: Part) -> str:
        return "" if part.is_tone else await self.ear.decoder.words(part.samples)

    # --- answering --------------------------------------------------------------------------------------------------

    async def _converse(self) -> None:
        conduct = Conduct(self.persona)
        await self._greet()
        then = Then.LISTEN
        while then is Then.LISTEN:
            then = await self._perform(await self._react(conduct))
        if then is Then.WAIT:
            await asyncio.sleep(_PATIENCE_AT_END)

    async def _greet(self) -> None:
        self.mouth.begin()
        if self.persona.greets:
            self._note(await self.mouth.say(self.persona.greets, is_greeting=True))
        if self.persona.beeps:
            await self.mouth.beep()

    async def _react(self, conduct: Conduct) -> Act:
        """Listen until there is something to do. A robot that goes on speaking is not interrupted."""
        texts: list[str] = []
        while True:
            heard = await self._next(_GOES_ON if texts else self.persona.patience)
            if heard is None:
                return conduct.puzzled() if texts else conduct.silence()
            texts.append(heard.text)
            await asyncio.sleep(_THINKING)
            if self._busy or not self._heard.empty():
                continue
            text = " ".join(texts)
            if act := conduct.hear(text, self.ear.candidates.find(text, self.ear.today)):
                return act

    async def _next(self, patience: float | None) -> Heard | None:
        """The robot's next phrase; None after so many seconds without any sound."""
        while True:
            try:
                async with asyncio.timeout(_TICK):
                    return await self._heard.get()
            except TimeoutError:
                quiet = time.monotonic() - max(self._segments.quiet_since, self.mouth.quiet_since)
                if patience is not None and not self._busy and quiet > patience:
                    return None

    @property
    def _busy(self) -> bool:
        return self._segments.speaking or self._undecoded > 0

    async def _perform(self, act: Act) -> Then:
        await asyncio.sleep(act.after)
        if act.says:
            self._note(await self.mouth.say(act.says, asks_again=act.asks_again))
        if act.presses:
            pressed = time.monotonic()
            await self.press(act.presses)
            self._note(Said(text=act.presses, started=pressed, ended=time.monotonic()))
        return act.then

    async def _walk_out(self, drop: Drop) -> None:
        """Hang up in the middle of the robot's so manyth phrase."""
        while not self._is_time(drop):  # noqa: ASYNC110 (the clock decides: there is no event to wait for)
            await asyncio.sleep(_TICK)

    def _is_time(self, drop: Drop) -> bool:
        into = self._segments.seconds_into(drop.phrase, time.monotonic())
        return into is not None and into >= drop.after

    def _note(self, said: Said | None) -> None:
        if said:
            self.witness.said.append(said)
