"""The telephone network as a program: an Asterisk of its own, behind every number a person who listens and answers."""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from voicebot import resources
from voicebot.errors import CityError, TelephonyError
from voicebot.privacy import mask_number
from voicebot.simulator.connection import Connection
from voicebot.simulator.facts import Fact
from voicebot.simulator.mouth import Mouth
from voicebot.simulator.recogniser import Recogniser
from voicebot.simulator.replay import listen_again
from voicebot.simulator.subscriber import Subscriber, by_line, line_of
from voicebot.simulator.talk import Ear, Talk
from voicebot.simulator.tape import Tape
from voicebot.simulator.vocabulary import Vocabulary
from voicebot.simulator.voices import Studio
from voicebot.simulator.witness import EndedBy, Seen, Witness
from voicebot.telephony.ari import Ari
from voicebot.telephony.local import LocalAsterisk
from voicebot.telephony.ports import Ports

log = logging.getLogger(__name__)

_NAMES = (Fact.NAME, Fact.DOCTOR)
_NOT_IN_SERVICE = 404
_CROSSING = 0.5  # seconds in which the news of a hang-up comes
_REFUSAL_LIMIT = 2.0  # seconds in which a refused call must be gone
_RING_LIMIT = 30.0  # seconds that the robot has to answer

CONFIGURATION = Path(__file__).with_name("asterisk")


class City:
    """A telephone network with subscribers.

    async with City(run_dir, robot=robot_asterisk.sip, subscribers=[…], ports=ports) as city:
        …  # the robot calls; its trunk leads to city.sip
        witnesses = city.witnesses()
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        robot: tuple[str, int],
        subscribers: Iterable[Subscriber] = (),
        ports: Ports | None = None,
        today: date | None = None,
        ring_seconds: float = 1.0,
        prefix: Path | None = None,
    ) -> None:
        """
        Args:
            robot: host and SIP port of the robot's Asterisk.
            ports: None takes free ones; give them when the robot's trunk must be configured first.
            today: the day on which people think they are called; None is this machine's.
            ring_seconds: how long one ringing of a telephone lasts.
            prefix: where Asterisk and espeak-ng were installed, None for the usual place.

        Raises:
            ProgramMissing: there is no espeak-ng.
        """
        values = {"robot_host": robot[0], "robot_port": robot[1]}
        folders = (resources.asterisk_conf(), CONFIGURATION)
        self.asterisk = LocalAsterisk(
            run_dir / "asterisk", conf_dirs=folders, values=values, ports=ports, prefix=prefix
        )
        self.recordings = run_dir / "recordings"
        self._subscribers = by_line(subscribers)
        self._today = today or datetime.now().astimezone().date()
        self._ring_seconds = ring_seconds
        self._witnesses: list[Witness] = []
        self._calls: Counter[str] = Counter()
        self._studio = Studio(prefix)
        self._talking: set[asyncio.Task[None]] = set()
        self._stack: AsyncExitStack
        self._ari: Ari
        self._recogniser: Recogniser
        self._tasks: asyncio.TaskGroup
        self._desk: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        """
        Raises:
            TelephonyError: its Asterisk does not start.
            CityError: espeak-ng does not speak, or a name cannot be heard.
            ModelMissing: there is no recognition model.
        """
        async with AsyncExitStack() as stack:
            self._recogniser = stack.enter_context(Recogniser(resources.models() / "tiny-ru"))
            stack.callback(self._studio.close)
            for subscriber in self._subscribers.values():
                await self._prepare(subscriber)
            await stack.enter_async_context(self.asterisk)
            self._ari = await stack.enter_async_context(Ari(self.asterisk.ari))
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            self._desk = self._tasks.create_task(self._take_calls(), name="city")
            stack.callback(self._desk.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._talking:
            task.cancel()
        await self._stack.aclose()

    @property
    def sip(self) -> tuple[str, int]:
        """Where the robot's trunk leads."""
        return self.asterisk.sip

    def witnesses(self) -> list[Witness]:
        """One for every INVITE of the robot and every call placed here, in order; those of running calls still grow."""
        return list(self._witnesses)

    async def quiet(self) -> None:
        """Return when no call of the robot is going on and all recordings are written."""
        while self._talking:
            await asyncio.wait(self._talking)

    async def add(self, subscriber: Subscriber) -> None:
        """One more, or another in the place of the one with that number.

        Raises:
            CityError: the name cannot be heard.
        """
        await self._prepare(subscriber)
        self._subscribers[line_of(subscriber.number)] = subscriber

    async def call(self, caller: Subscriber, number: str) -> Witness:
        """Let somebody phone the robot; returns when the call is over."""
        await self._prepare(caller)
        witness = self._new_witness(number, caller.number, caller)
        channel_id = f"city-{uuid.uuid4()}"
        async with Connection(self._ari, channel_id) as line:
            await self._ari.originate(
                f"PJSIP/{number}@robot", channel_id=channel_id, ring_timeout=_RING_LIMIT, caller_id=caller.number
            )
            if await line.is_answered():
                await self._talk(line, caller, witness)
            else:
                witness.seen, witness.ended_at = Seen.REFUSED, time.monotonic()
        return witness

    async def _prepare(self, subscriber: Subscriber) -> None:
        words = {word for kind in _NAMES for name in subscriber.truth.of(kind) for word in name.split()}
        if unknown := sorted(word for word in words if not self._recogniser.knows(word)):
            what = f"the city's ear does not know the name {unknown[0]!r}"
            raise CityError(what, place=f"persona {subscriber.persona.key}", mend="Take a name of models/tiny-ru.")
        await self._studio.prepare(subscriber.sound, subscriber.persona.texts)

    # --- calls from the robot ---------------------------------------------------------------------------------------

    async def _take_calls(self) -> None:
        async for start in self._ari.arrivals():
            task = self._tasks.create_task(self._serve(start["channel"]))
            self._talking.add(task)
            task.add_done_callback(self._talking.discard)

    async def _serve(self, channel: Mapping[str, Any]) -> None:
        """One INVITE. The one place where a failure of the city is caught: the witness tells of it."""
        number, caller_id = channel["dialplan"]["exten"], channel["caller"]["number"]
        subscriber = self._subscribers.get(line_of(number))
        witness = self._new_witness(number, caller_id, subscriber)
        try:
            async with Connection(self._ari, channel["id"]) as line:
                try:
                    await self._connect(line, subscriber, witness)
                except TelephonyError:
                    # A request crossed with the hang-up of the robot: nothing has failed.
                    if await line.stays(_CROSSING):
                        raise
                    witness.ended_by = EndedBy.ROBOT
        except Exception as error:
            log.exception("a call of the city failed", extra={"number": mask_number(number)})
            witness.fault = f"the city failed: {error}"
        finally:
            witness.ended_at = witness.ended_at or time.monotonic()

    async def _connect(self, line: Connection, subscriber: Subscriber | None, witness: Witness) -> None:
        if subscriber is None:
            await self._refuse(line, witness, _NOT_IN_SERVICE)
            return
        witness.handover = await line.variable("CITY_HANDOVER")
        key = line_of(subscriber.number)
        pickup = subscriber.persona.pickup(self._calls[key])
        self._calls[key] += 1
        if pickup.rings or pickup.ignore:
            await line.ring()
        if not await line.stays(None if pickup.ignore else pickup.rings * self._ring_seconds):
            return
        if pickup.refuse:
            await self._refuse(line, witness, pickup.refuse)
        else:
            player = subscriber.persona.player(pickup)
            witness.persona, witness.ends = player.key, player.ends
            await line.answer()
            await self._talk(line, replace(subscriber, persona=player), witness)

    async def _refuse(self, line: Connection, witness: Witness, status: int) -> None:
        witness.seen, witness.status = Seen.REFUSED, status
        await line.refuse(status)
        await line.stays(_REFUSAL_LIMIT)

    async def _talk(self, line: Connection, subscriber: Subscriber, witness: Witness) -> None:
        witness.seen, witness.answered_at = Seen.ANSWERED, time.monotonic()
        tape = Tape(witness.answered_at)
        media = await line.sound()
        ear = await self._ear()
        talk = Talk(
            media=media,
            persona=subscriber.persona,
            ear=ear,
            mouth=Mouth(media, subscriber.sound, self._studio, tape, subscriber.persona.line),
            tape=tape,
            witness=witness,
            press=line.press,
        )
        witness.ended_by = await talk.run()
        witness.ended_at = time.monotonic()
        await listen_again(witness, tape, ear)
        file = self.recordings / f"{self._witnesses.index(witness) + 1:03}-{subscriber.persona.key}.wav"
        await asyncio.to_thread(tape.write, file)
        witness.recording = file

    async def _ear(self) -> Ear:
        truths = [one.truth for one in self._subscribers.values()]
        names, doctors = (sorted({name for truth in truths for name in truth.of(kind)}) for kind in _NAMES)
        vocabulary = Vocabulary.load()
        candidates = vocabulary.candidates(names, doctors)
        decoder = await self._recogniser.open(vocabulary.heard(candidates))
        return Ear(decoder=decoder, candidates=candidates, today=self._today)

    def _new_witness(self, number: str, caller_id: str, subscriber: Subscriber | None) -> Witness:
        witness = Witness(number=number, caller_id=caller_id, invited=datetime.now(UTC))
        if subscriber:
            witness.persona, witness.ends = subscriber.persona.key, subscriber.persona.ends
            witness.truth = subscriber.truth
        self._witnesses.append(witness)
        return witness
