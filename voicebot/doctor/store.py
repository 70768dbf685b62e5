"""The appointment and case store: reachable, migrated, writable."""

from pathlib import Path

from sqlalchemy import URL, false, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from voicebot import config
from voicebot.doctor.check import Check, fail, failed, ok, warn
from voicebot.errors import VoicebotError
from voicebot.store import schema
from voicebot.store.database import read_url, sync_engine
from voicebot.store.tables import Node

_NAME = "database"
_CONNECT_LIMIT = "5"  # seconds; a server that does not answer at all would hold the doctor up for minutes
_REACH = "Check that the database runs, [store] url, and that its folder can be written."


def checks(settings: config.Store) -> list[Check]:
    """Changes nothing: tables are made by `voicebot serve` and the campaign commands, not by the doctor. Blocks."""
    try:
        url = read_url(settings.url)
        place = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite":
            if not Path(str(url.database)).exists():
                return [warn(_NAME, f"{place}: there is none yet", "Nothing to do: `voicebot serve` makes it.")]
        else:
            url = url.update_query_dict({"connect_timeout": _CONNECT_LIMIT})
        revision, newest = schema.current(url.render_as_string(hide_password=False)), schema.newest()
    except VoicebotError as error:
        return [failed(_NAME, error)]
    except ModuleNotFoundError as error:
        mend = "Install the drivers: pip install 'voicebot[postgresql]'."
        return [fail(_NAME, f"no driver for this database ({error.name})", mend)]
    except (DatabaseError, OSError) as error:
        return [fail(_NAME, f"{place}: {_reason(error)}", _REACH)]
    if revision != newest:
        what = f"{place}: its tables are of revision {revision or 'none'}, this program's of {newest}"
        mend = "Back it up, then start `voicebot serve`: it migrates. If the tables are newer, update this program."
        return [fail(_NAME, what, mend)]
    return [_writable(url, place)]


def _writable(url: URL, place: str) -> Check:
    engine = sync_engine(url)
    try:
        with Session(engine) as session, session.begin():  # a statement that changes no row needs the right to all
            session.execute(update(Node).where(false()).values(name=Node.name))
    except DatabaseError as error:
        return fail(_NAME, f"{place}: cannot be written: {_reason(error)}", _REACH)
    finally:
        engine.dispose()
    return ok(_NAME, f"{place}: migrated and writable")


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
