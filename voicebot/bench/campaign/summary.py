"""A simulation told to an administrator, in Russian."""

from collections import Counter
from collections.abc import Iterator

from voicebot.bench.campaign.simulate import Simulated
from voicebot.outbound import words

_BAR = 20  # characters of a full line of the chart


def text(ended: Simulated) -> str:
    """A few sentences, a table by hour, what became of the calls, and what the checker found."""
    return "\n".join([*_answer(ended), "", *_hours(ended), "", *_calls(ended), "", *_judgement(ended)])


def _answer(ended: Simulated) -> Iterator[str]:
    plan, tally = ended.plan, ended.tally
    days = _counted(ended.working_days, "рабочий день", "рабочих дня", "рабочих дней")
    lines = _counted(plan.lines, "линии", "линиях", "линиях")
    yield f"Список из {_number(plan.rows)} закончится за {days} при {lines}."
    if tally.end is not None:
        last = tally.end.astimezone(plan.zone)
        yield f"Начало {plan.start:%d.%m.%Y %H:%M}, последний звонок {last:%d.%m.%Y %H:%M}."
    reached = f"{_number(tally.reached)} из {_number(plan.rows)} ({_share(tally.reached, plan.rows)})"
    yield f"Дозвонимся до {reached}; звонков {_number(tally.calls)}, на человека {tally.calls / plan.rows:.1f}."
    busiest = max(tally.calls_by_hour, key=lambda hour: tally.occupancy(hour, plan.lines), default=None)
    if busiest is not None:
        used = tally.occupancy(busiest, plan.lines)
        yield f"Линии заняты больше всего в {busiest}:00–{busiest}:59: {used:.0%}; одновременно звонков {ended.peak}."


def _hours(ended: Simulated) -> Iterator[str]:
    """By the clinic's clock: lists of other zones begin before its day does."""
    tally = ended.tally
    yield "Час      Звонков  Ответили  Линии заняты"
    for hour, calls in sorted(tally.calls_by_hour.items()):
        rate, used = tally.answered_by_hour[hour] / calls, tally.occupancy(hour, ended.plan.lines)
        yield f"{hour:02}:00  {_number(calls):>9}  {rate:>8.0%}  {used:>4.0%} {'█' * round(used * _BAR)}"


def _calls(ended: Simulated) -> Iterator[str]:
    tally = ended.tally
    yield "Звонки: " + _listed(tally.outcomes, {outcome.value: name for outcome, name in words.OUTCOMES.items()})
    yield "Разговоры: " + _listed(tally.results, {result.value: name for result, name in words.RESULTS.items()})
    at_try = Counter(tally.reached_at.values())
    yield "Дозвонились с попытки: " + (", ".join(f"{no} — {_number(at_try[no])}" for no in sorted(at_try)) or "—")


def _judgement(ended: Simulated) -> Iterator[str]:
    found = ended.violations
    left = ended.plan.rows - ended.ended
    yield (
        f"Проверка по записям телефонов: звонков раньше паузы {found.double_dials}, забытых {found.forgotten},"
        f" сверх лимитов {found.caps}, вне разрешённых часов {found.windows}."
    )
    if found.expired_uncalled:
        yield f"До срока не успели позвонить ни разу: {_number(found.expired_uncalled)}. Нужно больше линий."
    if left:
        yield f"Не закончено контактов: {_number(left)}."


def _listed(counts: Counter[str], names: dict[str, str]) -> str:
    return ", ".join(f"{names[key]} {_number(count)}" for key, count in counts.most_common()) or "—"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}"


def _counted(number: int, one: str, few: str, many: str) -> str:
    """A number with its noun in the right form."""
    last, teens = number % 10, number % 100 in range(11, 15)
    noun = one if last == 1 and not teens else few if last in (2, 3, 4) and not teens else many
    return f"{_number(number)} {noun}"
