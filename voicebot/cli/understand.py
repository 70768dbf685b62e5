"""`voicebot understand`: what the robot makes of a sentence, with the words it goes by."""

import json
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from voicebot.language.reading import Context, Kind, Question, Reading


def register(app: typer.Typer) -> None:
    app.command()(understand)


def understand(
    kind: Annotated[Kind, typer.Argument(help="What to understand the sentence as.")],
    text: Annotated[str | None, typer.Argument(help="What was said; not needed with --batch.")] = None,
    question: Annotated[Question, typer.Option(help="The question that was asked.")] = Question.PLAIN,
    between: Annotated[str | None, typer.Option(help="Times on offer, for example 08:00-20:00.")] = None,
    now: Annotated[str | None, typer.Option(help="ISO instant that relative dates count from; default: now.")] = None,
    tz: Annotated[str, typer.Option(help="IANA zone of the speaker.")] = "Europe/Moscow",
    against: Annotated[str, typer.Option(help="Full name that a name is checked against.")] = "",
    batch: Annotated[
        Path | None, typer.Option(help="File of sentences, one a line; a second column (tab) is the question.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Understand a Russian sentence.

    Examples:

      voicebot understand answer "да нет наверное не приду" --question attendance

      voicebot understand when "во вторник или в среду утром" --now 2026-11-21T10:00 --json

      voicebot understand answer --batch answers.tsv > readings.jsonl
    """
    context = Context(question=question, now=_now(now, tz), between=_between(between), against=against)
    if batch:
        for line in _batch(kind, batch, context):
            typer.echo(line)
        return
    if text is None:
        raise typer.BadParameter("give a sentence, or --batch FILE", param_hint="TEXT")
    from voicebot.language.understanding import understand as read

    reading = read(kind, text, context)
    typer.echo(_dumped(reading, kind) if as_json else _told(reading, kind))


def _batch(kind: Kind, path: Path, context: Context) -> Iterator[str]:
    from voicebot.language.understanding import understand as read

    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"cannot read {path} as UTF-8 text: {error}", param_hint="--batch") from None
    contexts = {
        question: Context(question=question, now=context.now, between=context.between, against=context.against)
        for question in Question
    }
    for number, line in enumerate(lines, start=1):
        text, _, asked = line.partition("\t")
        try:
            question = Question(asked.strip()) if asked.strip() else context.question
        except ValueError:
            known = ", ".join(Question)
            raise typer.BadParameter(
                f"{path}:{number}: no question {asked.strip()!r}; known are {known}", param_hint="--batch"
            ) from None
        yield _dumped(read(kind, text, contexts[question]), kind)


def _dumped(reading: Reading, kind: Kind) -> str:
    return json.dumps(reading.as_json(kind), ensure_ascii=False)


def _told(reading: Reading, kind: Kind) -> str:
    """For people: one value a line, with its words."""
    lines = [
        f"{json.dumps(value.value, ensure_ascii=False)}"
        f"{'  excluded' if value.excluded else ''}  {value.confidence:.2f}  «{value.words}»"
        for value in reading.values
    ] or ["nothing understood"]
    if kind is Kind.ANSWER:
        lines.insert(0, f"polarity: {reading.polarity or 'none'}")
    return "\n".join(lines + (["ambiguous"] if reading.ambiguous else []))


def _now(text: str | None, tz: str) -> datetime:
    try:
        zone = ZoneInfo(tz)
    except (KeyError, ValueError, OSError):
        raise typer.BadParameter(f"{tz!r} is not an IANA zone such as Europe/Moscow", param_hint="--tz") from None
    if text is None:
        return datetime.now(zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("write it as 2026-11-21T10:00", param_hint="--now") from None
    return at.astimezone(zone) if at.tzinfo else at.replace(tzinfo=zone)


def _between(text: str | None) -> tuple[time, time] | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    try:
        return time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError:
        raise typer.BadParameter("write it as 08:00-20:00", param_hint="--between") from None
