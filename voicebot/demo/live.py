"""The transcript as it grows: every turn is shown when the store has it."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from sqlalchemy import select

from voicebot.store.database import Database
from voicebot.store.tables import Attempt, Call, Number, Turn

_EVERY = 0.3  # seconds between looks


@dataclass
class Live:
    """Watches the store and tells each new thing once, as a line of Russian text."""

    database: Database
    names: Mapping[str, str]  #: E.164 → who is called
    tell: Callable[[str], None]
    zone: tzinfo  #: times are shown in it
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    async def watch(self) -> None:
        """Until `over` is set: a look that were cancelled would leave the driver's complaint on the terminal."""
        while not self.over.is_set():
            await self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), _EVERY)

    async def look(self) -> None:
        """Tell what is new."""
        async with self.database.read() as session:
            numbers = {row.id: row.e164 for row in await session.execute(select(Number.id, Number.e164))}
            attempts = (await session.scalars(select(Attempt).order_by(Attempt.created_at))).all()
            calls = {row.id: row.number for row in await session.execute(select(Call.id, Call.number))}
            turns = (await session.scalars(select(Turn).order_by(Turn.at))).all()
        lines: list[tuple[datetime, tuple[str, str], str]] = []
        for attempt in attempts:
            who = self._who(numbers[attempt.number_id])
            lines.append((attempt.created_at, (attempt.id, "dial"), f"{who}  набираем номер"))
            if attempt.ended_at:
                lines.append((attempt.ended_at, (attempt.id, "end"), f"{who}  звонок окончен: {attempt.outcome}"))
        lines += [(turn.at, (turn.call_id, str(turn.no)), self._turn(calls[turn.call_id], turn)) for turn in turns]
        for at, key, line in sorted(lines):
            if key not in self._seen:
                self._seen.add(key)
                self.tell(f"{at.astimezone(self.zone):%H:%M}  {line}")

    def _who(self, number: str) -> str:
        return f"{self.names.get(number, number):<22}"

    def _turn(self, number: str, turn: Turn) -> str:
        pause = f"через {turn.reply_latency_ms:.0f} мс " if turn.reply_latency_ms else ""
        reply = (
            turn.reply_text or turn.reply_keys or {"silence": "(молчит)"}.get(turn.reply_kind or "", "(неразборчиво)")
        )
        indent = " " * 7
        return f"{self._who(number)}  робот {pause}— {turn.prompt}\n{indent}{self._who(number)}  пациент — {reply}"
