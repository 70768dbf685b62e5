"""A caller who costs little: prepared answers, and an ear that knows the robot's phrases by their sound alone.

Who is played here hears loudness while the call lasts, and compares a phrase's beginning with the sounds of the
questions once it is over; no words are recognised, so that many callers fit beside the robot on one machine.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from voicebot.bench.beginnings import Beginnings
from voicebot.simulator.rtp import NO_TROUBLE, RtpSound, Trouble
from voicebot.simulator.segments import Segments, voice_ends
from voicebot.simulator.telephone import Telephone
from voicebot.speech.audio import RATE, Samples
from voicebot.telephony.media import Frame, Playback

_LOUD = 150  # sample value; what is quieter is the codec's residue
_PHRASE_GAP = 0.65  # seconds of silence that end a phrase, as in `simulator.segments`
_MARGIN = 5  # frames kept before a phrase
_RING_LIMIT = 30.0  # seconds that the robot has to answer
_LONGEST = 300.0  # seconds; then the caller hangs up whatever happens
_BEGINNING = 75  # frames (1.5 s) of a phrase that are looked at
_NOISE_SECONDS = 30  # of the line's noise, queued behind every answer again and again


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the caller said; instants are `time.monotonic()` seconds."""

    question: str
    text: str
    started: float  #: first sample
    ended: float  #: last voiced sample


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What the robot said."""

    question: str  #: which it was, empty: none that is known
    started: float  #: first voiced sample
    ended: float


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """What is said."""

    text: str
    sound: Samples
    voice_ends: float  #: seconds from its first sample to its last voiced one

    @classmethod
    def of(cls, text: str, sound: Samples) -> Self:
        return cls(text=text, sound=sound, voice_ends=voice_ends(sound))


@dataclass(frozen=True, kw_only=True)
class Part:
    """One caller's part."""

    number: str
    questions: Sequence[str]  #: in their order
    answers: Sequence[Sentence]  #: to each of them
    thinking: Callable[[], float]  #: seconds before an answer
    noise: Samples  #: of the line; some seconds
    slow: bool
    trouble: Trouble = NO_TROUBLE  #: with the telephone


@dataclass(kw_only=True)
class Caller:
    """One call to the robot."""

    part: Part
    known: Beginnings  #: of what the robot says; only questions are answered
    phrases: list[Phrase] = field(default_factory=list)
    refused: bool = False  #: the robot did not answer the call
    _turn: int = 0  # the next question's place
    _said: list[tuple[str, Sentence, Playback]] = field(default_factory=list)

    @property
    def answers(self) -> list[Answer]:
        """What was said, in order."""
        return [
            Answer(
                question=question,
                text=sentence.text,
                started=playback.first_frame_at,
                ended=playback.first_frame_at + sentence.voice_ends,
            )
            for question, sentence, playback in self._said
            if playback.first_frame_at is not None
        ]

    async def call(self, port: int, number: str) -> None:
        """Phone this number of the robot, whose Asterisk speaks SIP at this port; talk until it hangs up."""
        async with Telephone(self.part.number, port, self.part.trouble) as phone:
            self.refused = not await phone.call(number, _RING_LIMIT)
            if not self.refused:
                async with asyncio.timeout(_LONGEST):
                    await self._talk(phone.sound)

    async def _talk(self, sound: RtpSound) -> None:
        sound.play(np.resize(self.part.noise, _NOISE_SECONDS * RATE))
        heard: list[Frame] = []
        last_loud = answer_at = None
        turn = 0  # that is answered next
        async for item in sound:
            heard.append(item)
            if int(item.samples.max()) > _LOUD:
                last_loud = item.at
            elif last_loud is None:
                del heard[:-_MARGIN]
            elif item.at - last_loud > _PHRASE_GAP:
                phrase = self._hear(heard, last_loud)
                if (place := self._place(phrase.question)) is not None:
                    turn = place
                    answer_at = item.at + self.part.thinking()
                heard, last_loud = [], None
            if answer_at is not None and item.at >= answer_at and last_loud is None:
                self._say(sound, turn)
                answer_at = None
        if last_loud is not None:  # the robot hangs up behind its last word
            self._hear(heard, last_loud)

    def _hear(self, heard: Sequence[Frame], last_loud: float) -> Phrase:
        """A phrase is over."""
        sound = np.concatenate([frame.samples for frame in heard[:_BEGINNING]])
        expected = self.part.questions[self._turn : self._turn + 1]
        name = self.known.name(sound, expected) or self.known.name(sound)
        phrase = Phrase(question=name, started=_voice_begins(heard), ended=last_loud)
        self.phrases.append(phrase)
        return phrase

    def _say(self, sound: RtpSound, turn: int) -> None:
        sentence = self.part.answers[turn]
        noise = np.resize(self.part.noise, len(sentence.sound))
        sound.flush()
        playback = sound.play((sentence.sound.astype(np.int32) + noise).clip(-32768, 32767).astype(np.int16))
        sound.play(np.resize(self.part.noise, _NOISE_SECONDS * RATE))
        self._said.append((self.part.questions[turn], sentence, playback))
        self._turn = turn + 1

    def _place(self, question: str) -> int | None:
        """Which of the questions this is: the last one asked again, or one to come; None: neither."""
        if self._turn and question == self.part.questions[self._turn - 1]:
            return self._turn - 1
        to_come = self.part.questions[self._turn :]
        return self._turn + to_come.index(question) if question in to_come else None


def _voice_begins(heard: Sequence[Frame]) -> float:
    """The instant of the first voiced sample, by the rule of `simulator.segments`; a frame's instant is its end here,
    and its beginning there, as it is for a telephone that plays what has come."""
    segments = Segments()
    for frame in heard[:_BEGINNING]:
        list(segments.feed(frame.samples, frame.at))
        if (into := segments.seconds_into(1, frame.at)) is not None:
            return frame.at - into
    return heard[0].at
