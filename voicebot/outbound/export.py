"""A campaign's report as a file for a spreadsheet: every contact, and in a workbook the figures too."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from voicebot.errors import ListError
from voicebot.outbound import words
from voicebot.outbound.report import ContactLine, Report, Tally
from voicebot.outcomes import Result
from voicebot.store.sheets.csv_file import guarded

Row = Sequence[str | int | float]

CONTACTS = (
    *("Фамилия", "Имя", "Отчество", "Телефон", "Дата приёма", "Время", "Специальность", "Врач"),
    *("Приём", "Попыток", "Последний звонок", "Состояние", "Итог", "Причина", "Перезвонить"),
)
#: Results that a campaign is judged by; the others are one column.
_MAIN = (Result.CONFIRMED, Result.CANCELLED, Result.RESCHEDULED, Result.REFUSED, Result.CALLBACK_REQUESTED)
TALLY = ("", "Звонков", "Ответили", "Доля", *(words.RESULTS[result] for result in _MAIN), "прочее")


def contact_row(line: ContactLine, zone: ZoneInfo) -> Row:
    """The cells of one contact, under `CONTACTS`."""
    patient, visit, end = line.patient, line.visit, line.end
    at = visit.starts_at.astimezone(ZoneInfo(visit.zone)) if visit else None
    back = end.callback_at.astimezone(zone) if end.callback_at else None
    return (
        *(patient.surname, patient.name, patient.patronymic, line.number),
        *((f"{at:%d.%m.%Y}", f"{at:%H:%M}") if at else ("", "")),
        *((visit.specialty if visit else ""), line.doctor),
        words.visit(visit.status, confirmed=visit.confirmed_at is not None) if visit else "",
        end.attempts,
        words.OUTCOMES[end.outcome] if end.outcome else "",
        words.CONTACTS[line.state],
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


def write_csv(file: Path, rows: Iterable[Row]) -> None:
    """Contacts, for Russian Excel: UTF-8 with its mark, semicolons.

    Raises:
        ListError: the file cannot be written.
    """
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(CONTACTS)
            writer.writerows([guarded(str(cell)) for cell in row] for row in rows)
    except OSError as error:
        raise _unwritable(file, error) from error


def write_xlsx(file: Path, report: Report, rows: Iterable[Row]) -> None:
    """A workbook of two sheets: figures and contacts.

    Raises:
        ListError: the file cannot be written.
    """
    book = Workbook(write_only=True)
    for title, header, lines in (("Итоги", TALLY, figures(report)), ("Контакты", CONTACTS, rows)):
        sheet = book.create_sheet(title)
        sheet.append(header)
        for row in lines:
            sheet.append([_plain(sheet, cell) for cell in row])
    try:
        book.save(file)
    except OSError as error:
        raise _unwritable(file, error) from error


def _plain(sheet: object, value: str | int | float) -> object:
    """Text stays text, even when it begins like a formula."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _unwritable(file: Path, error: OSError) -> ListError:
    mend = "Закройте его в Excel или дайте право записи в папку."
    return ListError(f"отчёт нельзя записать ({error.strerror})", place=str(file), mend=mend)
