"""`voicebot schedule visits | history | book | move | cancel`: visits, and what happened to them."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

_Slot = Annotated[int, typer.Argument(help="The id that `schedule slots` shows.")]
_Visit = Annotated[int, typer.Argument(help="The id that `schedule visits` shows.")]
_TAKEN = 1  # exit code: somebody else was quicker, or the visit is not what it was
_CHANGES = {
    "done": "Готово.",
    "already": "Так уже было.",
    "cancelled": "Приём отменён раньше.",
    "over": "Приём уже прошёл.",
    "missing": "Такого приёма нет.",
    "taken": "Это время уже занято.",
}


def register(app: typer.Typer) -> None:
    """Add the commands to those of `schedule`."""
    for command in (visits, history, book, move, cancel):
        app.command()(command)


def visits(
    context: typer.Context,
    patient: Annotated[int | None, typer.Option(help="Only this patient's, see `patient find`.")] = None,
    doctor: Annotated[int | None, typer.Option(help="Only to this doctor, see `schedule show`.")] = None,
    day: Annotated[datetime | None, typer.Option(help="Only of this day.", formats=["%Y-%m-%d", "%d.%m.%Y"])] = None,
    past: Annotated[bool, typer.Option("--past", help="Those that are over too.")] = False,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    out: store.Out = None,
    as_json: store.Json = False,
) -> None:
    """Visits, the earliest first, with what became of them and what to bring.

    Example: voicebot schedule visits --doctor 1 --day 24.11.2026
    """
    from voicebot.outbound import words
    from voicebot.store import appointments

    zone = store.settings(context).clinic.zone
    first = day.replace(tzinfo=zone) if day else None if past else datetime.now(zone)
    end = first + timedelta(days=1) if day and first else None

    async def read(session: "AsyncSession") -> "list[appointments.AppointmentView]":
        await store.require(session, patient=patient, doctor=doctor)
        return await appointments.listed(
            session, patient_id=patient, doctor_id=doctor, after=first, before=end, limit=limit
        )

    rows = [
        asdict(one)
        | {"patient": one.patient, "state": words.visit_state(one.status, confirmed=one.confirmed_at is not None)}
        for one in store.run(context, read)
    ]
    titles = {"id": "№", "starts_at": "Когда", "patient": "Пациент", "doctor": "Врач", "place": "Где"}
    store.show(
        rows,
        titles | {"preparation": "Подготовка", "state": "Состояние"},
        as_json=as_json,
        out=out,
        told={"state": lambda state: words.VISITS.get(state, state)},
    )


def history(context: typer.Context, visit: _Visit, as_json: store.Json = False) -> None:
    """What happened to a visit: when, who or what did it."""
    from voicebot.cli import words
    from voicebot.store import history as changes

    async def read(session: "AsyncSession") -> "Sequence[changes.ChangeView]":
        await store.require(session, visit=visit)
        return await changes.of_appointment(session, visit)

    zone = store.settings(context).clinic.zone
    rows = [asdict(one) | {"at": store.local(context, one.at)} for one in store.run(context, read)]
    store.show(
        rows,
        {"at": "Когда", "what": "Что", "by": "Кто", "detail": "Подробности"},
        as_json=as_json,
        told={
            "what": lambda what: words.called(words.CHANGES, what),
            "detail": lambda detail: words.details(detail, zone),
        },
    )


def book(
    context: typer.Context, slot: _Slot, patient: Annotated[int, typer.Option(help="The id, see `patient find`.")]
) -> None:
    """Book a free time for a patient; prints the id of the visit. Exit code 1: it is taken."""
    from voicebot.store import booking

    async def take(session: "AsyncSession") -> int | None:
        await store.require(session, slot=slot, patient=patient)
        return await booking.book(session, slot, patient_id=patient, by=store.user())

    booked = store.run(context, take)
    if booked is None:
        typer.echo(_CHANGES["taken"], err=True)
        raise typer.Exit(_TAKEN)
    typer.echo(booked)


def move(context: typer.Context, visit: _Visit, slot: _Slot) -> None:
    """Move a visit to a free time; the old time becomes free. Exit code 1: nothing was changed."""
    from voicebot.store import appointments

    async def change(session: "AsyncSession") -> "appointments.Change":
        await store.require(session, slot=slot)
        return await appointments.move(session, visit, slot, by=store.user())

    _tell(store.run(context, change))


def cancel(context: typer.Context, visit: _Visit, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Cancel a visit; its time becomes free. Exit code 1: nothing was changed."""
    from voicebot.store import appointments

    by = store.user()
    _tell(store.run(context, lambda session: appointments.cancel(session, visit, reason=reason, by=by)))


def _tell(change: str) -> None:
    typer.echo(_CHANGES[change], err=change not in ("done", "already"))
    if change not in ("done", "already"):
        raise typer.Exit(_TAKEN)
