"""`voicebot task …`: what people must do."""

from dataclasses import asdict
from typing import Annotated

import typer

from voicebot.cli import store

app = typer.Typer(help="Tasks that the robot hands over to people.", no_args_is_help=True)
_Id = Annotated[int, typer.Argument(help="The id that `task list` shows.")]
_By = Annotated[str, typer.Option(help="Who does it; the system user by default.")]


@app.command(name="list")
def list_all(
    context: typer.Context,
    done: Annotated[bool, typer.Option("--done", help="Those that are done, instead of those to do.")] = False,
    out: store.Out = None,
    as_json: store.Json = False,
) -> None:
    """Tasks to do, the most urgent first."""
    from voicebot.cli import words
    from voicebot.store import tasks
    from voicebot.store.tables import TaskState

    states = (TaskState.DONE,) if done else (TaskState.OPEN, TaskState.TAKEN)
    found = store.run(context, lambda session: tasks.listed(session, states=states))
    zone = store.settings(context).clinic.zone
    rows = [asdict(one) | {"due_at": store.local(context, one.due_at)} for one in found]
    titles = {"id": "№", "kind": "Что", "number": "Телефон", "about": "О чём", "due_at": "Срок"}
    store.show(
        rows,
        titles | {"state": "Состояние", "taken_by": "Кто"},
        as_json=as_json,
        out=out,
        told={
            "kind": lambda kind: words.called(words.TASKS, kind),
            "state": lambda state: words.called(words.STATES, state),
            "about": lambda about: words.details(about, zone),
        },
    )


@app.command()
def take(context: typer.Context, task: _Id, by: _By = "") -> None:
    """Somebody does it: nobody else need."""
    from voicebot.store import tasks

    who = by or store.user()
    store.run(context, lambda session: tasks.take(session, task, by=who))


@app.command()
def done(context: typer.Context, task: _Id, by: _By = "") -> None:
    """It is done."""
    from voicebot.store import tasks

    who = by or store.user()
    store.run(context, lambda session: tasks.done(session, task, by=who))
