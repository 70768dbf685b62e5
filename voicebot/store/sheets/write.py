"""Tables written for offices: CSV and workbooks as Russian Excel opens them, nothing in them runs."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from voicebot.errors import ListError
from voicebot.store.sheets.csv_file import guarded

Row = Sequence[str | int | float]
_WORKBOOK = ".xlsx"


def write_table(file: Path, title: str, header: Row, rows: Iterable[Row]) -> None:
    """A workbook of one sheet, if the file is called so, else CSV; an existing file is replaced.

    Raises:
        ListError: the file cannot be written.
    """
    if file.suffix.lower() == _WORKBOOK:
        write_xlsx(file, {title: (header, rows)})
    else:
        write_csv(file, header, rows)


def write_csv(file: Path, header: Row, rows: Iterable[Row]) -> None:
    """For Russian Excel: UTF-8 with its mark, semicolons.

    Raises:
        ListError: the file cannot be written.
    """
    try:
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(header)
            writer.writerows([guarded(str(cell)) for cell in row] for row in rows)
    except OSError as error:
        raise unwritable(file, error) from error


def write_xlsx(file: Path, sheets: Mapping[str, tuple[Row, Iterable[Row]]]) -> None:
    """A workbook; each sheet has a header and rows.

    Raises:
        ListError: the file cannot be written.
    """
    book = Workbook(write_only=True)
    for title, (header, lines) in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(header)
        for row in lines:
            sheet.append([_plain(sheet, cell) for cell in row])
    try:
        book.save(file)
    except OSError as error:
        raise unwritable(file, error) from error


def unwritable(file: Path, error: OSError) -> ListError:
    """What to tell of a file that the system does not let us write."""
    mend = "Закройте его в Excel или дайте право записи в папку."
    return ListError(f"файл нельзя записать ({error.strerror})", place=str(file), mend=mend)


def _plain(sheet: object, value: str | int | float) -> object:
    """Text stays text, even when it begins like a formula."""
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
