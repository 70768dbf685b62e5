"""`voicebot patient …`: patients in, found, forgotten."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli import store

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

app = typer.Typer(help="Patients: load, find, forget; who speaks for whom.", no_args_is_help=True)
guardian = typer.Typer(
    help="Who may speak for a patient: a child's mother, an old man's daughter.", no_args_is_help=True
)
app.add_typer(guardian, name="guardian")
_ABOUT = {
    "id": "№",
    "surname": "Фамилия",
    "name": "Имя",
    "patronymic": "Отчество",
    "birth_date": "Дата рождения",
    "gender": "Пол",
    "language": "Язык",
    "external_id": "Номер карты",
}
#: What `patient show` tells beside the patient's own row.
_CARD = {
    "numbers": {"number": "Телефон", "zone": "Часовой пояс", "do_not_call": "Запрет"},
    "guardians": {"id": "№", "name": "Представитель", "relation": "Кем приходится", "number": "Телефон"},
    "consents": {"kind": "Согласие", "given_at": "С какого времени", "proof": "Основание"},
    "visits": {"id": "№", "starts_at": "Когда", "doctor": "Врач", "place": "Где", "preparation": "Подготовка"},
}
_Patient = Annotated[int, typer.Argument(help="The id, see `patient find`.")]
_Guardian = Annotated[int, typer.Argument(help="The id of who speaks for them.")]


@app.command(name="import")
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV (any common encoding and delimiter) or XLSX.")],
) -> None:
    """Load patients. Those who are known are completed, never changed; the same file again adds nothing.

    Columns: Фамилия, Имя, Отчество (or ФИО), Телефон, Дата рождения, Пол, Номер карты, Часовой пояс, Язык; a further
    number of a person is a further row. Exit code 9 when some rows were bad.

    Example: voicebot patient import пациенты.csv
    """
    from voicebot.store import patient_table

    with store.progress() as progress:
        loaded = patient_table.load(
            store.open_database(context), file, clinic=store.settings(context).clinic, progress=progress
        )
    store.tell(loaded)


@app.command()
def find(
    context: typer.Context,
    number: Annotated[str, typer.Option(help="Telephone number, written in any way.")] = "",
    born: Annotated[datetime | None, typer.Option(help="Birth date.", formats=["%Y-%m-%d", "%d.%m.%Y"])] = None,
    name: Annotated[str, typer.Option(help="Full name.")] = "",
    as_json: store.Json = False,
) -> None:
    """Patients of whom all that is given is true.

    Example: voicebot patient find --number "8 916 123-45-67"
    """
    from voicebot.store import patients

    if not (number or born or name):
        raise typer.BadParameter("give a number, a birth date or a name", param_hint="--number, --born, --name")
    e164 = store.number(context, number, "--number") if number else None
    found = store.run(
        context,
        lambda session: patients.find(
            session, number=e164, birth_date=born.date() if born else None, name=name or None
        ),
    )
    titles = {"id": "№", "full_name": "Пациент", "birth_date": "Дата рождения", "language": "Язык"}
    store.show([asdict(one) | {"full_name": one.full_name} for one in found], titles, as_json=as_json)


@app.command()
def show(context: typer.Context, patient: _Patient, as_json: store.Json = False) -> None:
    """All about a patient: numbers with their zones, who speaks for them, consents, visits to come.

    `--json`: {"id", "surname", …, "numbers": […], "guardians": […], "consents": […], "visits": […]}
    """
    from voicebot.cli import words
    from voicebot.store import appointments, consents, guardians, patients

    async def read(session: "AsyncSession") -> dict[str, Any]:
        await store.require(session, patient=patient)
        parts: dict[str, Sequence[Any]] = {
            "numbers": await patients.numbers(session, patient),
            "guardians": await guardians.of(session, patient),
            "consents": await consents.listed(session, patient_id=patient),
            "visits": await appointments.ahead(session, patient),
        }
        about = await patients.get(session, patient)
        return {"about": about, **{name: [asdict(one) for one in rows] for name, rows in parts.items()}}

    found = store.run(context, read)
    about = asdict(found.pop("about"))
    if as_json:
        store.show_one(about | found)
        return
    about["gender"] = words.called(words.GENDERS, about["gender"])
    store.show([{"what": title, "value": about[name]} for name, title in _ABOUT.items()], {"what": "", "value": ""})
    for name, titles in _CARD.items():
        if found[name]:
            kinds = {"kind": lambda kind: words.called(words.CONSENTS, kind), "do_not_call": lambda _: "не звонить"}
            store.show(found[name], titles, told=kinds)


@app.command()
def forget(
    context: typer.Context,
    patient: _Patient,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a patient for ever: name, numbers, what was said, recordings, prepared phrases. Counts stay.

    Backups made before still know them. The room is given back at once, for which the database stands still for
    a while: do it when few people call.
    """
    from voicebot.speech.phrase_files import PhraseFiles
    from voicebot.store import erasure, files, maintenance

    known = store.settings(context)
    if not yes:
        typer.confirm("Стереть пациента без возможности восстановления?", abort=True)
    database = store.open_database(context)
    with database.sync_write() as session:
        forgotten = erasure.forget(session, patient)
    sounds = files.erase_sound(known.recordings_dir, forgotten.calls, forgotten.files)
    lines = files.erase_lines(known.state_dir, forgotten.words) if known.state_dir.is_dir() else 0
    if known.phrasebook_dir.is_dir():
        phrases = PhraseFiles(known.phrasebook_dir, known.speech.phrasebook_megabytes * 1024 * 1024)
        for campaign in forgotten.campaigns:
            phrases.purge(f"campaign-{campaign}")
    maintenance.vacuum(known.store.url)
    with database.sync_read() as session:
        left = erasure.traces(session, forgotten.words)
    typer.echo(f"Стёрто: разговоров {len(forgotten.calls)}, записей {sounds}, строк в файлах {lines}")
    if left:
        typer.echo(f"Имя или номер ещё встречаются: {', '.join(left)} — вероятно, у тёзки.", err=True)


@guardian.command(name="add")
def add_guardian(
    context: typer.Context,
    patient: _Patient,
    speaker: _Guardian,
    relation: Annotated[str, typer.Option(help="мать, отец, дочь …", metavar="WORD")] = "",
) -> None:
    """Let somebody speak for a patient; again with another word, it is that word.

    Example: voicebot patient guardian add 15 14 --relation мать
    """
    from voicebot.store import guardians

    store.run(context, lambda session: guardians.add(session, patient, speaker, relation=relation))


@guardian.command(name="list")
def list_guardians(context: typer.Context, patient: _Patient, as_json: store.Json = False) -> None:
    """Who speaks for a patient."""
    from voicebot.store import guardians

    found = store.run(context, lambda session: guardians.of(session, patient))
    titles = {"id": "№", "name": "Кто", "relation": "Кем приходится", "number": "Телефон"}
    store.show([asdict(one) for one in found], titles, as_json=as_json)


@guardian.command(name="remove")
def remove_guardian(context: typer.Context, patient: _Patient, speaker: _Guardian) -> None:
    """They speak for the patient no more. Exit code 1: they did not."""
    from voicebot.store import guardians

    if not store.run(context, lambda session: guardians.remove(session, patient, speaker)):
        typer.echo("Этот человек и так не представляет пациента.", err=True)
        raise typer.Exit(1)
