"""A campaign's figures and contacts as files: CSV, a workbook, JSON, and a page to be read and printed."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from voicebot.outbound import report_page, words
from voicebot.outbound.contact_lines import ContactLine
from voicebot.outbound.formats import Format
from voicebot.outbound.report import Report, Tally
from voicebot.outcomes import Result
from voicebot.store.sheets.write import Row, unwritable, write_csv, write_xlsx

CONTACTS = (
    *("Фамилия", "Имя", "Отчество", "Телефон", "Дата приёма", "Время", "Специальность", "Врач"),
    *("Приём", "Попыток", "Последний звонок", "Когда", "Состояние", "Почему", "Итог", "Причина", "Перезвонить"),
)
#: Results that a campaign is judged by; the others are one column.
_MAIN = (Result.CONFIRMED, Result.CANCELLED, Result.RESCHEDULED, Result.REFUSED, Result.CALLBACK_REQUESTED)
TALLY = ("", "Звонков", "Ответили", "Доля", *(words.RESULTS[result] for result in _MAIN), "прочее")


def contact_row(line: ContactLine, zone: ZoneInfo) -> Row:
    """The cells of one contact, under `CONTACTS`; times of calls in the clinic's zone."""
    patient, visit, end = line.patient, line.visit, line.end
    at = visit.starts_at.astimezone(ZoneInfo(visit.zone)) if visit else None
    called, back = ((moment.astimezone(zone) if moment else None) for moment in (end.called_at, end.callback_at))
    return (
        *(patient.surname, patient.name, patient.patronymic, line.number),
        *((f"{at:%d.%m.%Y}", f"{at:%H:%M}") if at else ("", "")),
        *((visit.specialty if visit else ""), line.doctor),
        words.visit(visit.status, confirmed=visit.confirmed_at is not None) if visit else "",
        end.attempts,
        words.OUTCOMES[end.outcome] if end.outcome else "",
        f"{called:%d.%m.%Y %H:%M}" if called else "",
        words.CONTACTS[line.state],
        words.WHYS.get(line.why, ""),
        words.RESULTS[end.result] if end.result else "",
        str((visit.cancel_reason if visit else "") or end.detail.get("reason") or ""),
        f"{back:%d.%m.%Y %H:%M}" if back else "",
    )


def tally_row(title: str, tally: Tally) -> Row:
    """The cells of one line of figures, under `TALLY`."""
    main = [tally.results[result] for result in _MAIN]
    rate = "" if tally.answer_rate is None else f"{tally.answer_rate:.0%}"
    return (title, tally.calls, tally.answered, rate, *main, tally.results.total() - sum(main))


def figures(report: Report) -> Iterator[Row]:
    """All lines of figures: in all, by try, by hour."""
    yield tally_row("всего", report.total)
    for no, tally in sorted(report.by_try.items()):
        yield tally_row(f"попытка {no}", tally)
    for hour, tally in sorted(report.by_hour.items()):
        yield tally_row(f"{hour:02}:00–{hour:02}:59", tally)


def write_report(file: Path, report: Report, form: Format) -> None:
    """The figures, without names or numbers; anything but a table.

    Raises:
        ListError: the file cannot be written.
    """
    if form is Format.CSV:
        write_csv(file, TALLY, figures(report))
    elif form is Format.XLSX:
        write_xlsx(file, {"Итоги": (TALLY, figures(report))})
    elif form is Format.JSON:
        _write_text(file, json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _write_text(file, report_page.page(report))


def write_contacts(file: Path, report: Report, lines: Iterable[ContactLine], zone: ZoneInfo) -> None:
    """Every contact with its result; a workbook, with the figures too, if the file is called so, else CSV.

    Raises:
        ListError: the file cannot be written.
    """
    rows = (contact_row(line, zone) for line in lines)
    if file.suffix.lower() == f".{Format.XLSX}":
        write_xlsx(file, {"Итоги": (TALLY, figures(report)), "Контакты": (CONTACTS, rows)})
    else:
        write_csv(file, CONTACTS, rows)


def _write_text(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(file, error) from error
