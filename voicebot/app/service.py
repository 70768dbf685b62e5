"""`voicebot serve`: one robot, put together and run until it is told to stop."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from voicebot.app.automatic import keep_campaigns_filled
from voicebot.app.clock import RobotClock, open_clock
from voicebot.app.evidence import AsteriskEvidence
from voicebot.app.lag import LoopLag
from voicebot.app.metrics import Metrics
from voicebot.app.overload import Overload
from voicebot.app.preparation import Prepared
from voicebot.app.talks import Talks
from voicebot.app.upkeep import keep_slots_ahead, purge_daily
from voicebot.config import Settings
from voicebot.errors import ModelMissing
from voicebot.gateways.insurer import HttpPolicyChecker
from voicebot.outbound import clinic_days, recovery
from voicebot.outbound.dispatcher import Dispatcher
from voicebot.outbound.queue import LEASE
from voicebot.speech.ear import Ears
from voicebot.speech.phrasebook import Phrasebook
from voicebot.speech.voice import open_voice
from voicebot.store import nodes, schema
from voicebot.store.database import Database
from voicebot.store.journal import Journal
from voicebot.telephony.ami import Ami
from voicebot.telephony.ari import Ari
from voicebot.telephony.cel import CelLog
from voicebot.telephony.dialler import PbxDialler
from voicebot.telephony.heartbeat import beating
from voicebot.telephony.inbound import Reception
from voicebot.telephony.succession import release_inherited
from voicebot.telephony.switchboard import Switchboard

_log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        VoicebotError: something is missing or does not let us in; says what to mend.
    """
    asyncio.run(_serve_until_told(settings))


async def _serve_until_told(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_robot(settings) as robot:
        await robot.serve(stop)


@dataclass(frozen=True, kw_only=True)
class Robot:
    """The parts that run side by side."""

    board: Switchboard
    database: Database
    clock: RobotClock
    talks: Talks
    metrics: Metrics
    node: str

    async def serve(self, stop: asyncio.Event) -> None:
        """Call and be called until `stop`; calls under way are finished, new ones are not begun."""
        settings, lag, ears = self.board.settings, LoopLag(), self.board.ears
        overload = Overload(lag, ears.delay if ears else lambda: 0.0)
        dialler = Prepared(PbxDialler(self.board, self.talks.outbound), self.talks, self.clock)
        evidence = AsteriskEvidence(
            log=CelLog(settings.ari.cel_file), ari=self.board.ari, clock=self.clock, node=self.node
        )
        dispatcher = Dispatcher(
            self.database,
            dialler,
            self.clock,
            node=self.node,
            trunks=settings.trunks,
            evidence=evidence,
            lease=LEASE * settings.clock.speed,
            may_call=overload.may_call,
        )
        reception = Reception(self.board, self.talks.inbound)
        self.metrics.gauge(
            "loop_lag_seconds", "of the event loop, p95 of five seconds", lambda: lag.recent_ms(0.95) / 1000
        )
        self.metrics.gauge("ear_delay_seconds", "that sound waits to be decoded", overload.ear_delay)
        self.metrics.gauge("overloaded", "1: no new campaign calls are begun", lambda: overload.is_overloaded)
        self.metrics.gauge("outbound_calls", "attempts under way", lambda: dispatcher.calls)
        self.metrics.gauge("inbound_calls", "callers in a talk", lambda: reception.calls)
        await self.talks.warm_up()
        await release_inherited(self.board.ari, settings.guard.context)
        await self.talks.journal.replay(self.database)
        await recovery.recover(self.database, self.clock, node=self.node, evidence=evidence)
        async with self.database.write() as session:
            await clinic_days.observe(session, settings.clinic)
        async with asyncio.TaskGroup() as tasks:
            others = [
                tasks.create_task(reception.serve(), name="reception"),
                tasks.create_task(lag.watch(), name="loop lag"),
                tasks.create_task(self.board.ari.failed(), name="ari"),
                tasks.create_task(self.talks.journal.watch(self.database), name="journal"),
                tasks.create_task(keep_slots_ahead(self.database, settings.store.slots_ahead), name="slots"),
                tasks.create_task(purge_daily(self.database, settings, self.clock), name="purge"),
                tasks.create_task(keep_campaigns_filled(settings, self.clock), name="filling"),
            ]
            calling = tasks.create_task(dispatcher.run(), name="dispatcher")
            async with self.database.write() as session:
                await nodes.started(session, self.node)
            # What was built at the start stays: to look it through again stops the loop for 0.1 to 0.2 s each time.
            gc.collect()
            gc.freeze()
            _log.info("ready", extra={"node": self.node})
            await stop.wait()
            dispatcher.stop()
            reception.stop()
            await calling
            await reception.drained()
            for task in others:
                task.cancel()
        async with self.database.write() as session:
            await nodes.stopped(session, self.node)
        _log.info("stopped", extra={"loop_lag_p99_ms": round(lag.percentile_ms(0.99), 1)})


@asynccontextmanager
async def open_robot(settings: Settings) -> AsyncIterator[Robot]:
    """Connect and load everything.

    Raises:
        VoicebotError: no Asterisk, wrong password, no voice, a database that does not answer …
    """
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(schema.upgrade, settings.store.url)
        clock = open_clock(settings)
        database = Database(settings.store.url, timeout=settings.store.timeout, clock=clock.now)
        stack.push_async_callback(database.close)
        voice = await asyncio.to_thread(open_voice, settings.speech)
        stack.callback(voice.close)
        phrasebook = Phrasebook(voice, settings.phrasebook_dir, settings.speech)
        stack.callback(phrasebook.close)
        ears = await asyncio.to_thread(_open_ears, settings)
        if ears:
            stack.callback(ears.close)
        await stack.enter_async_context(beating(settings))
        ari = await stack.enter_async_context(Ari(settings.ari))
        ami = await stack.enter_async_context(Ami(settings.ami[0]))
        board = Switchboard(ari=ari, ami=ami, settings=settings, phrases=phrasebook, ears=ears)
        journal = Journal(settings.journal_dir, settings.node)
        metrics = Metrics()
        stack.enter_context(metrics.served(settings.metrics_port))
        insurers = None
        if settings.insurer.url:
            insurers = await stack.enter_async_context(HttpPolicyChecker.open(settings.insurer))
        talks = Talks(
            settings=settings,
            database=database,
            clock=clock,
            phrasebook=phrasebook,
            journal=journal,
            ears=ears,
            insurers=insurers,
            observe=metrics.replied,
        )
        yield Robot(board=board, database=database, clock=clock, talks=talks, metrics=metrics, node=settings.node)


def _open_ears(settings: Settings) -> Ears | None:
    try:
        return Ears.load(settings.speech)
    except ModelMissing as error:
        _log.warning("calls work by keys only: %s", error)
        return None
