"""`voicebot call`: one call now, through a running robot."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli.data import pairs
from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.outbound.one_call import OneCall
    from voicebot.store.tables import Turn

_NOT_REACHED = 1  # exit code


def register(app: typer.Typer) -> None:
    app.command()(call)


def call(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Whom to call: +7 916 123-45-67 in any writing.")],
    scenario: Annotated[str, typer.Option(help="Name of an outbound scenario, or a .yaml file.")],
    data: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE of the patient's row; what is not given is invented.")
    ] = None,
    now_anyway: Annotated[
        bool, typer.Option("--now-anyway", help="Call outside the policy's hours, caps and pauses.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object at the end.")] = False,
) -> None:
    """Call one number once, print what is said as it is said, then the result.

    A `voicebot serve` on the same store does the calling; the person and the visit are stored as those of a list are.
    The scenario's policy holds: outside its hours nothing is dialled unless you say --now-anyway, for example because
    it is your own softphone. Who asked not to be called is never called. Exit code 0: somebody answered; 1: nobody did.

    Examples:

      voicebot call +79161234567 --scenario confirmation --now-anyway

      voicebot call +79161234567 --scenario confirmation --data surname=Петров --data name=Иван --data time=15:40
    """
    from voicebot.app import calling
    from voicebot.outcomes import Outcome

    state: State = context.obj
    given = {**pairs(data or []), "phone": number}
    tell = (lambda _turn: None) if as_json else _tell
    ended = asyncio.run(calling.call(state.settings(), scenario, given, anyway=now_anyway, tell=tell))
    outcome = ended.attempt.outcome if ended.attempt else None
    typer.echo(json.dumps(_shown(ended), ensure_ascii=False) if as_json else _concluded(ended))
    if outcome is Outcome.BLOCKED:
        typer.echo("Check [[trunks]] allowed_prefixes: no trunk may dial this number.", err=True)
    raise typer.Exit(0 if outcome is Outcome.ANSWERED else _NOT_REACHED)


def _tell(turn: "Turn") -> None:
    from voicebot.outbound import words

    pause = f" (через {turn.reply_latency_ms:.0f} мс)" if turn.reply_latency_ms else ""
    typer.echo(f"Робот{pause}: {turn.prompt}\nСобеседник: {words.reply(turn)}")


def _concluded(ended: "OneCall") -> str:
    from voicebot.outbound import words

    assert ended.attempt is not None and ended.attempt.outcome is not None
    result = ", ".join(words.RESULTS[one] for one in ended.results)
    return f"Звонок: {words.OUTCOMES[ended.attempt.outcome]}" + (f"; итог: {result}" if result else "")


def _shown(ended: "OneCall") -> dict[str, Any]:
    attempt, transcript = ended.attempt, ended.transcript
    assert attempt is not None and attempt.ended_at is not None
    answered = attempt.answered_at
    turns = [
        {
            "step": turn.step,
            "robot": turn.prompt,
            "kind": turn.reply_kind,
            "text": turn.reply_text,
            "keys": turn.reply_keys,
            "confidence": turn.confidence,
            "reply_latency_ms": turn.reply_latency_ms,
        }
        for turn in transcript.turns
    ]
    return {
        "call": attempt.id,
        "outcome": attempt.outcome,
        "result": ended.results[0] if ended.results else None,
        "seconds": round((attempt.ended_at - answered).total_seconds(), 1) if answered else 0.0,
        "turns": turns,
        "facts": {fact.field: fact.value for fact in transcript.facts},
        "tasks": [task.kind for task in transcript.tasks],
    }
