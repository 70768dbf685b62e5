"""A question as it is asked at one moment of a talk, with everything that may be said at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from voicebot.dialog.scenario import Dialogue, Event, Scenario
from voicebot.dialog.steps import Ask, Form, Item
from voicebot.language.reading import Intent


@dataclass(frozen=True, kw_only=True)
class Around:
    """What may be said at any question: the events and keys of the dialogues that are under way, innermost first."""

    dialogues: tuple[Dialogue, ...]

    @property
    def events(self) -> dict[Intent, tuple[int, Event]]:
        """Intent → (how many dialogues are left for it, event)."""
        found: dict[Intent, tuple[int, Event]] = {}
        for depth, dialogue in enumerate(self.dialogues):
            for intent, event in dialogue.events.items():
                found.setdefault(intent, (depth, event))
        return found

    @property
    def keys(self) -> dict[str, str]:
        """DTMF key → intent."""
        found: dict[str, str] = {}
        for dialogue in reversed(self.dialogues):
            found |= dialogue.keys
        return found


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A step's question, or one of a form's."""

    ask: Ask
    around: Around
    item: str = ""  #: the form's field that is asked for; empty: the open question, the read-back, or no form
    others: Mapping[str, Item] = field(default_factory=dict)  #: fields that may be told along
    against: str = ""  #: full name that identity is checked against


def of_field(form: Form, name: str) -> Ask:
    """The question for one field of a form."""
    item = form.fields[name]
    return Ask(
        ask=item.ask,
        hear=item.hear,
        values=item.values,
        between=item.between,
        oldest=item.oldest,
        choices=item.choices,
        phrases=item.phrases,
        keys=item.keys,
        digits=item.digits,
        noinput=item.noinput or form.noinput,
        nomatch=item.nomatch or form.nomatch,
        no_input=item.no_input,
        end_silence=item.end_silence,
        on=form.on,
        failed=form.failed,
    )


def open_question(form: Form) -> Ask:
    """The form's first question."""
    return Ask(ask=form.form, noinput=form.noinput, nomatch=form.nomatch, on=form.on, failed=form.failed)


def read_back(form: Form) -> Ask:
    """The question whether all was understood right."""
    return Ask.model_validate(
        {
            "ask": form.confirm,
            "keys": {"1": "yes", "2": "no"},
            "noinput": form.confirm,
            "nomatch": form.confirm,
            "on": {"yes": "end", "no": "end", "filled": "end"},  # where it leads is the form's own matter
            "failed": form.failed,
        }
    )


def every(scenario: Scenario) -> Sequence[Asked]:
    """All questions of a scenario and its sub-dialogues, as they would be asked there."""
    found: list[Asked] = []
    for dialogue in scenario.dialogues:
        around = Around(dialogues=(dialogue,) if dialogue is scenario else (dialogue, scenario))
        for step in dialogue.steps.values():
            if isinstance(step, Ask):
                found.append(Asked(ask=step, around=around, others=told_along(dialogue, step)))
            elif isinstance(step, Form):
                found += of_form(step, around)
    return found


def of_form(form: Form, around: Around) -> list[Asked]:
    """All questions that a form may ask."""
    asks = [
        Asked(ask=of_field(form, name), around=around, item=name, others=without(form, name)) for name in form.fields
    ]
    if form.form:
        asks.append(Asked(ask=open_question(form), around=around, others=form.fields))
    if form.confirm:
        asks.append(Asked(ask=read_back(form), around=around, others=form.fields))
    return asks


def without(form: Form, name: str) -> dict[str, Item]:
    """The other fields of a form."""
    return {other: item for other, item in form.fields.items() if other != name}


def told_along(dialogue: Dialogue, ask: Ask) -> Mapping[str, Item]:
    """The fields of the form that the answer may fill beside its own."""
    form = dialogue.steps.get(ask.also)
    return form.fields if isinstance(form, Form) else {}
