"""The table at the end of a demonstration."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from voicebot.demo import summary
from voicebot.demo.verdict import Verdict
from voicebot.outbound import words

_SHOWN = ("date", "time", "specialist")  # of what was heard
_NARROWEST = 130  # columns; a table squeezed into fewer cannot be read, one that is cut off can be scrolled


def show(console: Console, verdicts: Sequence[Verdict], folder: Path) -> None:
    """The results, the visits' new states, how fast the robot answered, and where everything lies."""
    table = Table(title="Итоги обзвона", title_justify="left")
    for column in ("Пациент", "Сценарий", "Звонок", "Попыток", "Итог", "Приём", "Услышал", "Ответ робота, мс", "Верно"):
        table.add_column(column)
    for verdict in verdicts:
        stored = verdict.stored
        table.add_row(
            verdict.member.patient.full_name,
            verdict.member.scenario,
            words.OUTCOMES[stored.outcome] if stored.outcome else "—",
            str(stored.attempts),
            words.RESULTS[stored.result] if stored.result else "—",
            stored.visit or "—",
            ", ".join(_shown(value) for kind, value in verdict.heard.items() if kind in _SHOWN) or "—",
            " ".join(map(str, verdict.latencies_ms)) or "—",
            "да" if not verdict.faults else "нет: " + "; ".join(verdict.faults),
        )
    console.width = max(console.width, _NARROWEST)
    console.print(table)
    console.print(by_scenario(verdicts))
    latencies = [ms for verdict in verdicts for ms in verdict.latencies_ms]
    if latencies:
        console.print(f"Ответ робота (у уха пациента): медиана {median(latencies):.0f} мс, всего {len(latencies)}")
    console.print(f"Записи разговоров: {folder / 'city' / 'recordings'} (слева робот, справа пациент)")
    console.print(f"База: {folder / 'voicebot.db'}   Журнал робота: {folder / 'robot.log'}")


def by_scenario(verdicts: Sequence[Verdict]) -> Table:
    """One row for each conversation."""
    table = Table(title="По сценариям", title_justify="left")
    for column in ("Сценарий", "Людей", "Разговоров", "Верно", "К оператору", "Задач", "Неверных фактов"):
        table.add_column(column)
    for one in summary.of(verdicts):
        figures = (one.people, one.calls, one.right, one.to_person, one.tasks, one.wrong_facts)
        table.add_row(one.scenario, *map(str, figures))
    return table


def _shown(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)
