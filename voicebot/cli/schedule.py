"""`voicebot schedule …`: doctors' hours in, free times out; visits booked, moved, cancelled."""

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli import learning, store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

app = typer.Typer(help="Doctors' hours, free times and visits.", no_args_is_help=True)
_FITS = {
    "wished": "Как просили:",
    "other_hours": "В эти часы ничего нет; в те же дни свободно:",
    "other_days": "В эти дни ничего нет; в те же часы свободно:",
    "other_time": "На это время ничего нет; ближайшее:",
    "other_doctor": "У этого врача ничего нет; у другого той же специальности:",
    "other_site": "В этом подразделении ничего нет; в другом:",
    "nothing": "Свободного времени нет.",
}


@app.command(name="import")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
    days: Annotated[
        int | None, typer.Option(help="How far ahead times are made, days; by default `[store] slots_ahead`.", min=1)
    ] = None,
) -> None:
    """Load doctors' weekly hours and make free times ahead. The same file again changes nothing.

    Columns: Врач, Специальность, Подразделение, Адрес, Кабинет, Дни (пн-пт), С, До, Перерыв (13:00-14:00),
    Минут на приём, Услуга, Подготовка, Действует с, Действует по. Exit code 9 when some rows were bad. Names that the
    speech model does not know are taught to it.

    Example: voicebot schedule import расписание.xlsx --days 30
    """
    from voicebot.store import schedule_table

    known = store.settings(context)
    ahead = timedelta(days=days) if days else known.store.slots_ahead
    with store.progress() as progress:
        loaded = schedule_table.load(
            store.open_database(context), file, clinic=known.clinic, ahead=ahead, progress=progress
        )
    learning.directory(context)
    store.tell(loaded)


@app.command()
def show(
    context: typer.Context,
    doctor: Annotated[str, typer.Argument(help="Part of the name.")] = "",
    out: store.Out = None,
    as_json: store.Json = False,
) -> None:
    """The hours of all doctors, or of those whose name has this part."""
    from voicebot.cli import words

    async def read(session: "AsyncSession") -> list[dict[str, Any]]:
        from sqlalchemy import select

        from voicebot.store.tables import Doctor, Schedule, Site

        query = select(Schedule, Doctor, Site).join(Doctor, Doctor.id == Schedule.doctor_id)
        query = query.join(Site, Site.id == Schedule.site_id).order_by(Doctor.name, Schedule.weekdays, Schedule.starts)
        return [
            {
                "doctor_id": of.id,
                "doctor": of.name,
                "specialty": of.specialty,
                "site": site.name,
                "room": hours.room,
                "days": " ".join(("пн", "вт", "ср", "чт", "пт", "сб", "вс")[int(day) - 1] for day in hours.weekdays),
                "hours": f"{hours.starts:%H:%M}–{hours.ends:%H:%M}",
                "minutes": hours.minutes,
            }
            for hours, of, site in await session.execute(query)
            if doctor.lower() in of.name.lower()
        ]

    titles = {"doctor_id": "№", "doctor": "Врач", "specialty": "Специальность", "site": "Где", "room": "Кабинет"}
    times = {"days": "Дни", "hours": "Часы", "minutes": "Минут"}
    rows = store.run(context, read)
    store.show(rows, titles | times, as_json=as_json, out=out, told={"specialty": words.specialty})


@app.command()
def slots(
    context: typer.Context,
    specialty: Annotated[str, typer.Option(help="As people say it: кардиолог.")] = "",
    doctor: Annotated[int | None, typer.Option(help="The doctor's id, see `schedule show`.")] = None,
    when: Annotated[str, typer.Option(help="As people say it: «во вторник или в среду утром».")] = "",
    limit: Annotated[int, typer.Option(min=1)] = 10,
    as_json: store.Json = False,
) -> None:
    """Free times, the nearest first; where nothing is as wished, what comes nearest and in what it differs.

    Example: voicebot schedule slots --specialty кардиолог --when "на следующей неделе утром"
    """
    from voicebot.cli import words
    from voicebot.language.reading import Context, Kind
    from voicebot.language.understanding import understand
    from voicebot.store import slots as free
    from voicebot.store.sheets import cells

    now = datetime.now(store.settings(context).clinic.zone)
    wish = understand(Kind.WHEN, when.lower(), Context(now=now)).values if when else ()
    if when and not wish:
        raise typer.BadParameter(f"{when!r} names no time", param_hint="--when")
    query = free.Query(specialty=cells.specialty(specialty) if specialty else None, doctor_id=doctor)

    async def search(session: "AsyncSession") -> free.Found:
        await store.require(session, doctor=doctor)
        return await free.search(session, query, after=now, limit=limit, wish=wish or None)

    found = store.run(context, search)
    rows = [asdict(slot) | {"fit": found.fit.value} for slot in found.slots]
    if not as_json:
        typer.echo(_FITS[found.fit])
    titles = {"id": "№", "starts_at": "Когда", "doctor": "Врач", "specialty": "Специальность", "place": "Где"}
    store.show(rows, titles, as_json=as_json, told={"specialty": words.specialty})


@app.command()
def absent(
    context: typer.Context,
    doctor: Annotated[int, typer.Argument(help="The doctor's id, see `schedule show`.")],
    first: Annotated[datetime, typer.Argument(help="First day.", formats=["%Y-%m-%d", "%d.%m.%Y"])],
    last: Annotated[datetime, typer.Argument(help="Last day.", formats=["%Y-%m-%d", "%d.%m.%Y"])],
    why: Annotated[str, typer.Option(help="For those who call the patients.")] = "",
) -> None:
    """A doctor is away: free times go, and every patient with a visit then becomes a task."""
    from voicebot.store import known, schedules
    from voicebot.store.tables import Doctor

    zone = store.settings(context).clinic.zone
    days = (first.replace(tzinfo=zone), last.replace(tzinfo=zone) + timedelta(days=1))
    with store.open_database(context).sync_write() as session:
        known.require(session, Doctor, doctor)
        displaced = schedules.absent(session, doctor, *days, why=why, by=store.user())
    typer.echo(f"Приёмов перенести: {len(displaced)}")
