"""Every text that the robot may say."""

from collections.abc import Iterator

from voicebot.dialog.scenario import Dialogue
from voicebot.dialog.steps import Ask, Form, Item, Keys, Say


def texts(dialogue: Dialogue) -> Iterator[tuple[Keys, str]]:
    """(path of keys, template)."""
    for intent, event in dialogue.events.items():
        if event.say:
            yield ("events", intent.value, "say"), event.say
    for name, step in dialogue.steps.items():
        path = ("steps", name)
        match step:
            case Say():
                yield from _numbered((*path, "say"), step.say)
            case Ask():
                yield from _of_question(path, step)
            case Form():
                yield from _numbered((*path, "form"), step.form)
                yield from _numbered((*path, "confirm"), step.confirm)
                yield from _numbered((*path, "noinput"), step.noinput)
                yield from _numbered((*path, "nomatch"), step.nomatch)
                if step.confirm:
                    yield (*path, "again"), step.again
                for field, item in step.fields.items():
                    yield from _of_question((*path, "fields", field), item)


def _of_question(path: Keys, question: Ask | Item) -> Iterator[tuple[Keys, str]]:
    for kind, prompts in (("ask", question.ask), ("noinput", question.noinput), ("nomatch", question.nomatch)):
        yield from _numbered((*path, kind), prompts)


def _numbered(path: Keys, prompts: tuple[str, ...]) -> Iterator[tuple[Keys, str]]:
    for index, text in enumerate(prompts):
        yield (*path, str(index)), text
