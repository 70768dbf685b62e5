"""What the call records of a simulation add up to: by hour, by try, lines in use."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from voicebot.bench.checker import Record

_ANSWERED = "answered"


@dataclass(kw_only=True)
class Tally:
    """Counts over all calls; hours and days are the clinic's."""

    calls: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)  #: talks about one contact each
    calls_by_hour: Counter[int] = field(default_factory=Counter)
    answered_by_hour: Counter[int] = field(default_factory=Counter)
    seconds_by_hour: Counter[int] = field(default_factory=Counter)  #: of lines in use
    days_by_hour: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    calls_of: Counter[int | str] = field(default_factory=Counter)  #: by contact
    reached_at: dict[int | str, int] = field(default_factory=dict)  #: by contact: the try at which somebody answered
    end: datetime | None = None

    @classmethod
    def of(cls, records: Iterable[Record], zone: ZoneInfo) -> Self:
        """Count them."""
        tally = cls()
        for record in sorted(records, key=lambda one: one.at):
            tally._count(record, zone)
        return tally

    @property
    def reached(self) -> int:
        """Contacts whose number was answered at least once."""
        return len(self.reached_at)

    def occupancy(self, hour: int, lines: int) -> float:
        """The share of the lines that were in use in this hour, on days on which it had calls."""
        return self.seconds_by_hour[hour] / (3600 * lines * max(1, len(self.days_by_hour[hour])))

    def _count(self, record: Record, zone: ZoneInfo) -> None:
        at = record.at.astimezone(zone)
        answered = record.outcome == _ANSWERED
        self.calls += 1
        self.outcomes[record.outcome] += 1
        self.calls_by_hour[at.hour] += 1
        self.answered_by_hour[at.hour] += answered
        self.days_by_hour[at.hour].add(at.date())
        self.end = max(self.end or record.ended_at, record.ended_at)
        for contact in record.contacts or ():
            self.calls_of[contact] += 1
            if answered:
                self.reached_at.setdefault(contact, self.calls_of[contact])
        self.results.update(talk.result for talk in record.talks or () if talk.result)
        self._count_seconds(at, record.ended_at.astimezone(zone))

    def _count_seconds(self, start: datetime, end: datetime) -> None:
        """A call that goes on into the next hour uses a line in both."""
        while start < end:
            full = min(end, start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
            self.seconds_by_hour[start.hour] += round((full - start).total_seconds())
            start = full
