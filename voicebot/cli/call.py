"""`voicebot call`: one call now, through a running robot."""

import asyncio
import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voicebot.cli.data import pairs
from voicebot.cli.state import State

if TYPE_CHECKING:
    from voicebot.outbound.campaigns import CampaignView
    from voicebot.outbound.one_call import OneCall
    from voicebot.store.database import Database
    from voicebot.store.tables import Turn

_EVERY = 0.3  # seconds between looks
_TAKEN_LIMIT = 15.0  # seconds; a robot with a free line takes a call up within one
_PATIENCE = timedelta(seconds=30)
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
    state: State = context.obj
    given = {**pairs(data or []), "phone": number}
    ended = asyncio.run(_Caller(state, as_json=as_json).run(scenario, given, anyway=now_anyway))
    raise typer.Exit(0 if ended else _NOT_REACHED)


class _Caller:
    """Queues the call, follows it, tells of it."""

    def __init__(self, state: State, *, as_json: bool) -> None:
        self._settings = state.settings()
        self._as_json = as_json
        self._told = 0  # turns

    async def run(self, scenario: str, given: dict[str, str], *, anyway: bool) -> bool:
        """Whether somebody answered."""
        from voicebot.app.clock import open_clock
        from voicebot.dialog import catalog
        from voicebot.dialog.scenario import Direction
        from voicebot.errors import ScenarioError
        from voicebot.outbound import one_call, policy, single
        from voicebot.store import schema
        from voicebot.store.database import Database

        talk, clock = catalog.find(scenario), open_clock(self._settings)
        if talk.direction is not Direction.OUTBOUND:
            mend = "Name an outbound one: voicebot scenario list."
            raise ScenarioError(f"{talk.name} answers calls, it makes none", mend=mend)
        row = single.row(talk.list, given, clinic=self._settings.clinic, now=clock.now())
        rules = policy.read(talk.policy, place=scenario)
        await asyncio.to_thread(schema.upgrade, self._settings.store.url)
        database = Database(self._settings.store.url, timeout=_PATIENCE, clock=clock.now)
        try:
            async with database.write() as session:
                campaign = await one_call.queue_up(session, scenario=scenario, policy=rules, row=row, anyway=anyway)
            try:
                ended = await self._follow(database, campaign)
            finally:
                async with database.write() as session:
                    await one_call.close(session, campaign)
        finally:
            await database.close()
        return self._conclude(ended)

    async def _follow(self, database: "Database", campaign: "CampaignView") -> "OneCall":
        from voicebot.errors import CampaignError
        from voicebot.outbound import one_call

        begin = time.monotonic()
        while True:
            async with database.read() as session:
                seen = await one_call.look(session, campaign)
            for turn in seen.transcript.turns[self._told :]:
                self._tell_turn(turn)
            self._told = len(seen.transcript.turns)
            if seen.has_ended:
                return seen
            if seen.attempt is None and time.monotonic() - begin > _TAKEN_LIMIT:
                mend = "Does `voicebot serve` run on this store, with a free line? See: voicebot doctor."
                raise CampaignError(f"no robot took the call up within {_TAKEN_LIMIT:g} s", mend=mend)
            await asyncio.sleep(_EVERY)

    def _tell_turn(self, turn: "Turn") -> None:
        from voicebot.outbound import words

        if not self._as_json:
            pause = f" (через {turn.reply_latency_ms:.0f} мс)" if turn.reply_latency_ms else ""
            typer.echo(f"Робот{pause}: {turn.prompt}\nСобеседник: {words.reply(turn)}")

    def _conclude(self, ended: "OneCall") -> bool:
        from voicebot.outbound import words
        from voicebot.outcomes import Outcome

        assert ended.attempt is not None and ended.attempt.outcome is not None
        outcome = ended.attempt.outcome
        if self._as_json:
            typer.echo(json.dumps(_shown(ended), ensure_ascii=False))
        else:
            result = ", ".join(words.RESULTS[one] for one in ended.results)
            typer.echo(f"Звонок: {words.OUTCOMES[outcome]}" + (f"; итог: {result}" if result else ""))
        if outcome is Outcome.BLOCKED:
            typer.echo("Check [[trunks]] allowed_prefixes: no trunk may dial this number.", err=True)
        return outcome is Outcome.ANSWERED


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
