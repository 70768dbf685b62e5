"""A campaign's report as one HTML page: figures and charts, nothing loaded from elsewhere, fit to be printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from voicebot.outbound import words
from voicebot.outbound.report import Report, Tally
from voicebot.outcomes import Result

_WIDTH, _HEIGHT = 640, 180  # of a chart, in its own units
_LEAD = 34  # room for the numbers at its left
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
    """One bar of a chart, with its share of answers as a point above it."""

    title: str
    calls: int
    answered: int
    rate: str
    x: float
    width: float
    height: float
    answered_height: float
    dot: float  #: y of the answer rate; 0 is the top


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the line of results."""

    title: str
    count: int
    share: str
    x: float
    width: float
    colour: str


def page(report: Report) -> str:
    """The whole page, in Russian; holds no names and no numbers of telephones."""
    hours = {f"{hour:02}": tally for hour, tally in sorted(report.by_hour.items())}
    tries = {str(no): tally for no, tally in sorted(report.by_try.items())}
    outcomes = [(words.OUTCOMES[outcome], count) for outcome, count in report.total.outcomes.most_common()]
    return _template().render(
        report=report,
        state=words.CAMPAIGNS[report.state],
        states=[(words.CONTACTS[state], count) for state, count in report.states.items()],
        tiles=_tiles(report),
        results=_slices(report),
        charts=[("По часам (время клиники)", "час", _bars(hours)), ("По попыткам", "попытка", _bars(tries))],
        outcomes=outcomes,
        width=_WIDTH,
        height=_HEIGHT,
        lead=_LEAD,
    )


def percent(part: float | None, whole: float = 1) -> str:
    """A share for people."""
    return "—" if part is None or not whole else f"{part / whole:.0%}".replace("%", " %")


def _tiles(report: Report) -> list[tuple[str, str, str]]:
    """Title, figure, remark."""
    time, tries = report.handling_time, report.mean_tries
    done = [
        (words.RESULTS[result], str(report.results[result]), percent(report.results[result], report.contacts))
        for result in (Result.CONFIRMED, Result.CANCELLED, Result.RESCHEDULED, Result.REFUSED)
        if result in report.results
    ]
    return [
        ("контактов", str(report.contacts), f"звонили {report.called}"),
        ("дозвонились", str(report.reached), percent(report.reached, report.contacts)),
        *done,
        ("ответили на звонок", percent(report.total.answer_rate), f"{report.total.answered} из {report.total.calls}"),
        ("разговор", f"{time.mean:.0f} с" if time else "—", f"девять из десяти до {time.p90:.0f} с" if time else ""),
        ("звонков на человека", f"{tries:.1f}".replace(".", ",") if tries else "—", ""),
    ]


def _bars(tallies: dict[str, Tally]) -> Sequence[Bar]:
    most = max((tally.calls for tally in tallies.values()), default=0) or 1
    step = (_WIDTH - _LEAD) / max(len(tallies), 1)
    return [
        Bar(
            title=title,
            calls=tally.calls,
            answered=tally.answered,
            rate=percent(tally.answer_rate),
            x=round(_LEAD + no * step + step * 0.15, 1),
            width=round(step * 0.7, 1),
            height=round(tally.calls / most * _HEIGHT, 1),
            answered_height=round(tally.answered / most * _HEIGHT, 1),
            dot=round(_HEIGHT * (1 - (tally.answer_rate or 0)), 1),
        )
        for no, (title, tally) in enumerate(tallies.items())
    ]


def _slices(report: Report) -> list[Slice]:
    whole, x, slices = sum(report.results.values()), 0.0, []
    for result, count in sorted(report.results.items(), key=lambda pair: -pair[1]):
        width = count / whole * _WIDTH
        colour = _COLOURS.get(result, _OTHER)
        share = percent(count, whole)
        slices.append(
            Slice(title=words.RESULTS[result], count=count, share=share, x=round(x, 1), width=width, colour=colour)
        )
        x += width
    return slices


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("report_page.html.j2")
