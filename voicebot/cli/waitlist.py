"""`voicebot waitlist …`: who waits for a freed time."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

app = typer.Typer(help="The waiting list: freed times are offered to those on it.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    patient: Annotated[int, typer.Argument(help="The id, see `patient find`.")],
    specialty: Annotated[str, typer.Option(help="As people say it: кардиолог.")],
    doctor: Annotated[int | None, typer.Option(help="Only this doctor, see `schedule show`.")] = None,
    when: Annotated[str, typer.Option(help="As people say it: «утром, только не в понедельник».")] = "",
    visit: Annotated[int | None, typer.Option(help="The visit that they would change for an earlier one.")] = None,
) -> None:
    """Let a patient wait; prints the id of the entry. Who waits for the same already keeps their place."""
    from voicebot.language.reading import Context, Kind
    from voicebot.language.understanding import understand
    from voicebot.store import waitlist
    from voicebot.store.sheets import cells

    now = datetime.now(store.settings(context).clinic.zone)
    wish = [value.as_json() for value in understand(Kind.WHEN, when.lower(), Context(now=now)).values] if when else []
    if when and not wish:
        raise typer.BadParameter(f"{when!r} names no time", param_hint="--when")

    async def enter(session: "AsyncSession") -> int:
        await store.require(session, patient=patient, doctor=doctor, visit=visit)
        return await waitlist.add(
            session,
            patient_id=patient,
            specialty=cells.specialty(specialty),
            doctor_id=doctor,
            appointment_id=visit,
            wish=wish or None,
            by=store.user(),
        )

    typer.echo(store.run(context, enter))


@app.command(name="list")
def list_all(context: typer.Context, out: store.Out = None, as_json: store.Json = False) -> None:
    """Who waits or is being asked, the longest first."""
    from voicebot.cli import words
    from voicebot.store import waitlist

    zone = store.settings(context).clinic.zone
    found = store.run(context, lambda session: waitlist.waiting(session))
    rows = [asdict(one) | {"created_at": one.created_at.astimezone(zone)} for one in found]
    titles = {"id": "№", "patient_id": "Пациент №", "specialty": "Специальность", "doctor_id": "Врач №"}
    store.show(
        rows,
        titles | {"state": "Состояние", "created_at": "С какого времени"},
        as_json=as_json,
        out=out,
        told={"specialty": words.specialty, "state": lambda state: words.called(words.STATES, state)},
    )
