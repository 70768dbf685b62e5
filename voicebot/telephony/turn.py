"""One turn: the robot speaks while it listens, the other side answers by voice or keys, or is silent."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TypeAlias

from voicebot.dialog.ports import Listening, Reply, ReplyKind
from voicebot.speech.audio import RATE
from voicebot.speech.ear import Ear, Ears, Partial, Utterance, VoiceStarted, VoiceStopped
from voicebot.speech.pace import Pace
from voicebot.speech.vad import Vad
from voicebot.telephony.media import Frame, Key, Media, Playback

log = logging.getLogger(__name__)

DUCK_AFTER = 0.12  #: seconds of voice that lower the prompt (a cough is shorter)
DUCK_BY = 15.0  #: dB
HOLD_AT_MOST = 1.5  #: seconds of voice for which what comes before the question waits: noise must not stop it for ever
#: Seconds for which a word must stand before it ends the prompt. Of "кхм" the recogniser makes "конечно" in ten voices
#: of ten, of "мм" and "эээ" some word in 15 of 20; most of them it takes back after 60 or 120 ms.
WORD_STANDS = 0.15
RESUME_AFTER = 0.7  #: seconds of voice without a word of the step: the prompt is raised again
KEY_PAUSE = 2.5  #: seconds after a key that end an answer of fewer keys than could be

_BEFORE = 0.0  # share of the prompt: a voice with less began before the prompt did

_PromptEnded: TypeAlias = bool
_Event: TypeAlias = VoiceStarted | VoiceStopped | Partial | Utterance | Key | _PromptEnded


class Turn:
    """Give it the frames and keys by `hear`; `answer` waits for the reply."""

    def __init__(
        self,
        media: Media,
        ears: Ears | None,
        listening: Listening,
        *,
        earlier: Sequence[Frame] = (),
        lead: int = 0,
        breaks: Sequence[int] = (),
        pace: Pace | None = None,
        vad: Vad | None = None,
    ) -> None:
        """
        Args:
            earlier: what came since the turn before: “да… нет, не смогу” goes on while the robot writes the “да” down.
            lead: samples of the prompt that come before the question: what is said by then answers something else.
            breaks: samples of the prompt at which it may be taken up again after an interruption.
            pace: how this caller speaks.
            vad: of the call: what it must learn anew it takes for a voice, and a noisy line would lower every prompt.
        """
        self._pace = pace
        self._vad = vad
        self._earlier = earlier
        self._lead_samples = lead
        self._lead = 0.0  # share of the prompt
        self._breaks = breaks
        self._held = False
        self._media = media
        self._ears = ears
        self._listening = listening
        self._events: asyncio.Queue[_Event] = asyncio.Queue()
        self._ear: Ear | None = None
        self._prompt: Playback | None = None
        self._prompt_runs = False
        self._keys = ""
        self._voice_began: float | None = None  # of the voice that is heard now
        self._answer_began: float | None = None  # the first voice of the answer that is being given
        self._heard_at: dict[float, float] = {}  # beginning of a voice → share of the prompt heard by then
        self._ducked = False
        self._ignored = False  # this voice says nothing that was asked for: it ducks no more
        self._words = ""  # of the answer that is being given, as far as it is known
        self._words_stand: float | None = None  # until then they may still be taken back
        self._give_up: float | None = None  # no answer until then: silence
        self._end_keys: float | None = None

    def hear(self, heard: Frame | Key) -> None:
        """Called for everything that comes from the other side while the turn lasts; returns at once."""
        if isinstance(heard, Key):
            self._events.put_nowait(heard)
        elif self._ear is not None:
            self._ear.feed(heard.samples, heard.at)

    async def answer(self, prompt: Playback | None) -> Reply:
        """The reply to this prompt (None: nothing is said, the other side speaks first)."""
        self._prompt = prompt
        self._prompt_runs = prompt is not None
        self._lead = self._lead_samples / max(1, len(prompt.samples)) if prompt else 0.0
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(self._wait_for_prompt(prompt))] if prompt else []
            if prompt is None:
                self._prompt_is_over()
            try:
                while True:
                    if self._ears and not self._ear and (self._listening.barge_in or not self._prompt_runs):
                        self._ear = self._open_ear(self._ears)
                        for frame in self._earlier if self._listening.barge_in else ():
                            self._ear.feed(frame.samples, frame.at)
                        helpers.append(tasks.create_task(self._listen(self._ear)))
                    if (reply := await self._next()) is not None:
                        return reply
            finally:
                self._end(helpers)

    # --- inside -----------------------------------------------------------------------------------------------------

    async def _next(self) -> Reply | None:
        try:
            async with asyncio.timeout_at(self._next_alarm()):
                event = await self._events.get()
        except TimeoutError:
            return self._alarm(time.monotonic())
        match event:
            case bool():
                self._prompt_runs = False
                self._prompt_is_over()
            case Key():
                return self._key(event)
            case VoiceStarted():
                self._voice(event)
            case VoiceStopped():
                self._pause(event)
            case Partial():
                self._partial(event)
            case Utterance() if not event.is_click:
                return self._utterance(event)
            case Utterance():
                self._forget_answer()
                self._pause(VoiceStopped(at=event.ended))
        return None

    def _next_alarm(self) -> float | None:
        # The event loop's clock is time.monotonic().
        alarms = (self._give_up, self._end_keys, self._words_stand, self._duck_at(), self._resume_at())
        return min((alarm for alarm in alarms if alarm is not None), default=None)

    def _alarm(self, now: float) -> Reply | None:
        if self._end_keys is not None and self._end_keys <= now:
            return self._keys_reply()
        if self._give_up is not None and self._give_up <= now:
            return Reply(kind=ReplyKind.SILENCE, prompt_started=self._prompt_started())
        if self._words_stand is not None and self._words_stand <= now:
            self._words_stand = None
            self._word(self._words)
        elif (resume_at := self._resume_at()) is not None and resume_at <= now:
            self._be_loud()
            self._ignored = True
        elif (duck_at := self._duck_at()) is not None and duck_at <= now:
            self._give_way()
        return None

    def _duck_at(self) -> float | None:
        if self._voice_began is None or not self._prompt_runs or not self._listening.barge_in:
            return None
        return None if self._ducked or self._ignored else self._voice_began + DUCK_AFTER

    def _resume_at(self) -> float | None:
        if not self._ducked or self._voice_began is None:
            return None
        return self._voice_began + (HOLD_AT_MOST if self._held else RESUME_AFTER)

    def _voice(self, event: VoiceStarted) -> None:
        self._voice_began = event.at
        self._answer_began = self._answer_began or event.at
        self._ignored = False
        self._give_up = None
        if self._prompt is not None and self._prompt_runs:
            self._heard_at[event.at] = self._share_now(time.monotonic() - event.at)

    def _share_now(self, ago: float = 0.0) -> float:
        """Share of the prompt that had been heard so many seconds ago, below 0 before it began."""
        if self._prompt is None or not self._prompt_runs:
            return 1.0
        return min(1.0, (self._media.position(self._prompt) - ago) * RATE / len(self._prompt.samples))

    def _pause(self, event: VoiceStopped) -> None:
        self._voice_began = None
        self._be_loud()
        if not self._prompt_runs:
            self._give_up = event.at + self._listening.no_input.total_seconds()

    def _partial(self, event: Partial) -> None:
        """While the robot speaks, a word counts when it has stood for a while; how the answer goes on may change."""
        begins_anew = event.text.split()[:1] != self._words.split()[:1]
        self._words = event.text
        if not event.text:
            self._words_stand = None
        elif not self._prompt_runs:
            self._word(event.text)
        elif begins_anew:
            self._words_stand = event.at + WORD_STANDS
        elif self._words_stand is None:
            self._word(event.text)

    def _word(self, text: str) -> None:
        """Something that was asked for is being said: be silent."""
        if self._is_early(self._answer_began, text):
            return
        self._give_up = None
        if self._listening.barge_in:
            self._silence_prompt()

    def _is_early(self, began: float | None, text: str) -> bool:
        """Said before the question was, and nothing that may interrupt: "да" to the question before is not a "да" to
        this one."""
        heard = self._share_now() if began is None else self._heard_at.get(began, 1.0)
        return (heard < self._lead or heard < _BEFORE) and not self._listening.interrupts(text)

    def _forget_answer(self) -> None:
        self._answer_began = self._words_stand = None
        self._words = ""

    def _utterance(self, said: Utterance) -> Reply | None:
        self._forget_answer()
        cough = not said.text and self._prompt_runs
        if cough or self._is_early(said.started, said.text):
            self._pause(VoiceStopped(at=said.ended))  # neither stops the robot
            return None
        return Reply(
            kind=ReplyKind.SPEECH,
            text=said.text,
            confidence=said.confidence,
            clip=said.clip,
            prompt_heard=max(0.0, self._heard_at.get(said.started, 1.0)),
            prompt_started=self._prompt_started(),
            voice_ended=said.ended,
            decided=said.decided,
        )

    def _key(self, key: Key) -> Reply | None:
        if key.digit == "#" and self._keys and "#" not in self._listening.keys:
            return self._keys_reply()
        if key.digit not in self._listening.keys:
            return None
        self._silence_prompt()
        self._keys += key.digit
        self._give_up = None
        self._end_keys = key.at + KEY_PAUSE
        return self._keys_reply() if len(self._keys) >= self._listening.max_keys else None

    def _keys_reply(self) -> Reply:
        now = time.monotonic()
        return Reply(kind=ReplyKind.KEYS, keys=self._keys, prompt_started=self._prompt_started(), decided=now)

    def _prompt_is_over(self) -> None:
        self._be_loud()  # else what is said next would be as soft as what was interrupted
        if self._voice_began is None and not self._keys:
            self._give_up = time.monotonic() + self._listening.no_input.total_seconds()

    def _prompt_started(self) -> float | None:
        return self._prompt.first_frame_at if self._prompt else None

    def _silence_prompt(self) -> None:
        if self._prompt_runs:
            self._prompt_runs = False
            self._media.flush()

    def _give_way(self) -> None:
        """Lower the question; what comes before it (a date, an address) waits, for nobody hears it while speaking."""
        if self._lead and self._heard_at.get(self._voice_began or 0.0, 1.0) < self._lead:
            self._media.hold(True)
            self._held = True
        else:
            self._media.duck(DUCK_BY)
        self._ducked = True

    def _be_loud(self) -> None:
        """Go on: at full loudness, or from the beginning of what was cut short."""
        if self._held and self._prompt:
            heard = self._media.position(self._prompt) * RATE
            self._media.go_back(self._prompt, max((b for b in self._breaks if b <= heard), default=0))
            self._media.hold(False)
        elif self._ducked:
            self._media.duck(0)
        self._ducked = self._held = False

    async def _wait_for_prompt(self, prompt: Playback) -> None:
        await self._media.played(prompt)
        self._events.put_nowait(True)

    async def _listen(self, ear: Ear) -> None:
        async for event in ear:
            self._events.put_nowait(event)

    def _open_ear(self, ears: Ears) -> Ear:
        wanted = self._listening
        return ears.open(
            wanted.grammar,
            silences=wanted.silences,
            max_length=wanted.max_answer.total_seconds(),
            ending=wanted.ending,
            pace=self._pace,
            vad=self._vad,
        )

    def _end(self, helpers: list[asyncio.Task[None]]) -> None:
        self._be_loud()
        self._silence_prompt()
        if self._ear:
            self._ear.close()
        for helper in helpers:
            helper.cancel()
