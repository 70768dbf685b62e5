"""Loading a list into a campaign: every row is enrolled, repeated or rejected, and said to be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from voicebot.config import Clinic
from voicebot.errors import CampaignError, ListError
from voicebot.outbound import columns
from voicebot.outbound.campaigns import CampaignView, view
from voicebot.outbound.enrolment import ContactKey, enrol
from voicebot.outbound.list_row import ListRow, RowReader
from voicebot.store.database import Database
from voicebot.store.database import now as clock
from voicebot.store.sheets import list_file
from voicebot.store.sheets.rejected import RejectedRows
from voicebot.store.sheets.rows import BadRow
from voicebot.store.tables import Campaign, CampaignState

_BATCH = 500  # rows in one transaction: a few hundredths of a second, so that talks need not wait for it


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """A row that the campaign has already; `first` is its earlier line in this file, None: it was loaded before."""

    line: int
    first: int | None

    def __str__(self) -> str:
        where = f"повторяет строку {self.first}" if self.first else "уже загружена раньше"
        return f"строка {self.line}: {where}"


@dataclass(kw_only=True)
class Loaded:
    """What became of a list; `str()` of a rejected or repeated row is its message in Russian."""

    added: int = 0
    repeated: list[Repeated] = field(default_factory=list)
    rejected: list[BadRow] = field(default_factory=list)
    rejected_file: Path | None = None  #: the bad rows, to be corrected and loaded again

    @property
    def rows(self) -> int:
        return self.added + len(self.repeated) + len(self.rejected)


def load(
    database: Database,
    name: str,
    path: Path,
    section: Mapping[str, Any],
    *,
    clinic: Clinic,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Loaded:
    """Load the file into the campaign; bad rows go to `FILE.rejected.csv`. Blocks: never on the event loop.

    `section` is the `list:` section of the scenario; `progress` is told after each batch how many rows were read.

    Raises:
        ListError: the file cannot be read as a list at all, or columns are missing.
        CampaignError: there is no such campaign, or it was stopped.
        StoreError: the store does not answer; rows up to there are loaded, loading again adds only the rest.
    """
    with database.sync_read() as session:
        campaign, at = _open_campaign(session, name), clock(session)
    loaded = Loaded()
    lines: dict[ContactKey, int] = {}
    with RejectedRows(path) as bad_rows:
        rows = _read(path, section, clinic, at, loaded, bad_rows)
        while batch := list(islice(rows, _BATCH)):
            with database.sync_write() as session:
                keys, new = enrol(session, campaign, batch)
            _count(batch, keys, new, lines, loaded)
            progress(loaded.rows)
    loaded.rejected_file = bad_rows.file
    return loaded


def check(path: Path, section: Mapping[str, Any], *, clinic: Clinic, now: datetime) -> Loaded:
    """What `load` would reject; writes nothing anywhere, and so cannot tell repeated rows: all good ones are `added`.

    Raises:
        ListError: the file cannot be read as a list at all, or columns are missing.
    """
    loaded = Loaded()
    loaded.added = sum(1 for _ in _read(path, section, clinic, now, loaded, None))
    return loaded


def _open_campaign(session: Session, name: str) -> CampaignView:
    campaign = session.scalar(select(Campaign).where(Campaign.name == name))
    if campaign is None:
        raise CampaignError("no such campaign", place=name, mend="`voicebot campaign list` shows all.")
    if campaign.state is CampaignState.STOPPED:
        raise CampaignError("it was stopped and takes no more contacts", place=name, mend="Make a new campaign.")
    return view(campaign)


def _read(
    path: Path,
    section: Mapping[str, Any],
    clinic: Clinic,
    now: datetime,
    loaded: Loaded,
    bad_rows: RejectedRows | None,
) -> Iterator[ListRow]:
    """The good rows; the bad ones are noted on the way."""
    spec = columns.read(section, place=str(path))
    sheet = list_file.read(path, spec.score)
    try:
        places = spec.places(sheet.header.cells)
    except ListError as error:
        raise ListError(error.what, place=str(path), mend=error.mend) from None
    reader = RowReader(spec=spec, places=places, width=len(sheet.header.cells), clinic=clinic, now=now)
    for sheet_row in sheet.rows:
        row = reader.read(sheet_row)
        if isinstance(row, ListRow):
            yield row
            continue
        loaded.rejected.append(row)
        if bad_rows is not None:
            bad_rows.add(sheet.header, row)


def _count(
    batch: list[ListRow], keys: list[ContactKey], new: set[ContactKey], lines: dict[ContactKey, int], loaded: Loaded
) -> None:
    for row, key in zip(batch, keys, strict=True):
        if key in lines:
            loaded.repeated.append(Repeated(line=row.line, first=lines[key]))
        elif key in new:
            loaded.added += 1
        else:
            loaded.repeated.append(Repeated(line=row.line, first=None))
        lines.setdefault(key, row.line)
