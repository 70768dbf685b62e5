"""A campaign's report as one HTML page: figures and charts, nothing loaded from elsewhere, fit to be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from voicebot.outbound import words
from voicebot.outbound.report import Report, Tally
from voicebot.outcomes import Result

#: Colours tell good from bad without red beside green; grey is everything else.
_COLOURS = {
    Result.CONFIRMED: "#1b7f79",
    Result.BOOKED: "#1b7f79",
    Result.COMPLETED: "#5aa9a4",
    Result.INTERESTED: "#5aa9a4",
    Result.RESCHEDULED: "#3d6fb4",
    Result.CALLBACK_REQUESTED: "#8fb3e0",
    Result.CANCELLED: "#d98324",
    Result.REFUSED: "#a84f2a",
    Result.NOT_INTERESTED: "#a84f2a",
}
_OTHER = "#9aa3ad"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A row of a chart: calls of one hour or of one try, and those of them that were answered."""

    title: str
    calls: int
    answered: int
    rate: str
    length: float  #: of the bar, in hundredths of the longest
    answered_length: float


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the line of results."""

    title: str
    count: int
    share: str
    x: float  #: where it begins, in hundredths of the line
    width: float
    colour: str


def page(report: Report) -> str:
    """The whole page, in Russian; holds no names and no numbers of telephones."""
    hours = {f"{hour:02}": tally for hour, tally in sorted(report.by_hour.items())}
    tries = {str(no): tally for no, tally in sorted(report.by_try.items())}
    outcomes = [(words.OUTCOMES[outcome], count) for outcome, count in report.total.outcomes.most_common() if count]
    states = [(words.CONTACTS[state], count) for state, count in report.states.items() if count]
    return _template().render(
        report=report,
        state=words.CAMPAIGNS[report.state],
        tiles=_tiles(report),
        results=_slices(report),
        with_result=sum(report.results.values()),
        charts=[("По часам (время клиники)", "час", _bars(hours)), ("По попыткам", "попытка", _bars(tries))],
        endings=[("Чем кончились звонки", outcomes), ("Что с контактами", states)],
    )


def percent(part: float | None, whole: float = 1) -> str:
    """A share for people: what is not nothing is not called 0 %, and what is not all not 100 %."""
    if part is None or not whole:
        return "—"
    share = part / whole
    if 0 < share < 0.005:
        return "менее 1 %"
    if 0.995 <= share < 1:
        return "более 99 %"
    return f"{share:.0%}".replace("%", " %")


def number(count: int) -> str:
    """`12 345`, with a space at which no line is broken."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def _tiles(report: Report) -> list[tuple[str, str, str]]:
    """Figure, title, remark."""
    time, tries, total = report.handling_time, report.mean_tries, report.total
    done = [
        (number(report.results[result]), words.RESULTS[result], _of_contacts(report, report.results[result]))
        for result in (Result.CONFIRMED, Result.CANCELLED, Result.RESCHEDULED, Result.REFUSED)
        if result in report.results
    ]
    answered = f"{number(total.answered)} из {number(total.calls)}" if total.calls else ""
    return [
        (number(report.contacts), "контактов", f"звонили {number(report.called)}"),
        (number(report.reached), "дозвонились", _of_contacts(report, report.reached)),
        *done,
        (percent(total.answer_rate), "звонков с ответом", answered),
        (f"{time.mean:.0f} с" if time else "—", "средний разговор", f"90 % до {time.p90:.0f} с" if time else ""),
        (f"{tries:.1f}".replace(".", ",") if tries else "—", "звонков на человека", ""),
    ]


def _of_contacts(report: Report, count: int) -> str:
    return f"{percent(count, report.contacts)} контактов"


def _bars(tallies: dict[str, Tally]) -> Sequence[Bar]:
    most = max((tally.calls for tally in tallies.values()), default=0) or 1
    return [
        Bar(
            title=title,
            calls=tally.calls,
            answered=tally.answered,
            rate=percent(tally.answer_rate),
            length=round(tally.calls / most * 100, 2),
            answered_length=round(tally.answered / most * 100, 2),
        )
        for title, tally in tallies.items()
    ]


def _slices(report: Report) -> list[Slice]:
    whole, x, slices = sum(report.results.values()), 0.0, []
    for result, count in sorted(report.results.items(), key=lambda pair: -pair[1]):
        width = count / whole * 100
        slices.append(
            Slice(
                title=words.RESULTS[result],
                count=count,
                share=percent(count, whole),
                x=round(x, 3),
                width=round(width, 3),
                colour=_COLOURS.get(result, _OTHER),
            )
        )
        x += width
    return slices


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    environment.filters["number"] = number
    return environment.get_template("report_page.html.j2")
