"""CSV as offices write it: any usual encoding and delimiter, quotes left open, Excel's own habits."""

import codecs
import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from voicebot.store.sheets.sheet import HeaderScore, Sheet, SheetRow, find_header

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ENCODINGS = ("utf-8", "cp1251", "koi8-r", "cp866", "utf-16-le", "utf-16-be")
_DELIMITERS = ";,\t|"
_SAMPLE = 64 * 1024  # bytes, enough to see the header
_LONGEST = 50  # lines of one row: more means that a quote was left open
_PLAIN = 100_000  # characters; the csv module refuses cells that are a little longer
_BROKEN = "\N{REPLACEMENT CHARACTER}"


def read(path: Path, score: HeaderScore) -> Sheet:
    """Read the file in the encoding and with the delimiter in which its header names most columns.

    Raises:
        ListError: there is nothing in it.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    marked = next((encoding for mark, encoding in _BOMS if sample.startswith(mark)), None)
    forms = product([marked] if marked else _ENCODINGS, _DELIMITERS)
    encoding, delimiter = max(forms, key=lambda form: _fit(sample, form[0], form[1], score))  # the first of equals
    return find_header(_rows(path, encoding, delimiter), score)


def _fit(sample: bytes, encoding: str, delimiter: str, score: HeaderScore) -> tuple[int, int]:
    """How well the sample reads so: columns named, then characters that are none (the last one may be cut off)."""
    text = sample.decode(encoding, errors="replace")
    best = max((score(_cells(line, delimiter)) for line in text.splitlines()[:20]), default=0)
    return best, -text[:-4].count(_BROKEN)


def _rows(path: Path, encoding: str, delimiter: str) -> Iterator[SheetRow]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = enumerate(file, start=1)
        again: list[tuple[int, str]] = []  # lines that a quote left open had swallowed
        while True:
            record, again = _record(lines, again)
            if not record:
                return
            number, text = record
            if number == 1 and text.lower().startswith("sep=") and len(text.strip()) <= 5:
                continue  # Excel's own line, which names the delimiter
            yield _row(number, text, delimiter)


def _record(
    lines: Iterator[tuple[int, str]], again: list[tuple[int, str]]
) -> tuple[tuple[int, str] | None, list[tuple[int, str]]]:
    """The next row's text, of several lines when a quoted cell has line breaks, and the lines to be read again."""
    if not again:
        line = next(lines, None)
        if line is None or '"' not in line[1]:
            return line, again
        again = [line]
    taken: list[tuple[int, str]] = []
    quotes = 0
    while len(taken) < _LONGEST:
        line = again.pop(0) if again else next(lines, None)
        if line is None:
            break
        taken.append(line)
        quotes += line[1].count('"')
        if quotes % 2 == 0:
            return (taken[0][0], "".join(text for _, text in taken)), again
    if not taken:
        return None, again
    return taken[0], taken[1:] + again


def _row(line: int, text: str, delimiter: str) -> SheetRow:
    if text.count('"') % 2:
        return SheetRow(line=line, cells=_cells(text.replace('"', ""), delimiter), damage="не закрыта кавычка")
    damage = "есть нечитаемые символы (повреждена кодировка)" if _BROKEN in text else ""
    try:
        return SheetRow(line=line, cells=_cells(text, delimiter), damage=damage)
    except csv.Error as error:
        return SheetRow(line=line, cells=(text[:200],), damage=f"строку нельзя разобрать ({error})")


def _cells(text: str, delimiter: str) -> tuple[str, ...]:
    if '"' not in text and len(text) < _PLAIN:
        cells = text.rstrip("\r\n").split(delimiter)  # what the csv module makes of it, twice as fast
    else:
        cells = next(csv.reader([text], delimiter=delimiter), [])
    return tuple(map(_unwrapped, cells)) if "'" in text or '="' in text or '"=""' in text else tuple(cells)


def _unwrapped(cell: str) -> str:
    """`="+7916…"` and `'+7916…` are how Excel is told to leave a number alone."""
    if len(cell) > 3 and cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell[1:] if cell.startswith("'") else cell


def guarded(text: str) -> str:
    """A cell to be written; an apostrophe keeps Excel from running what looks like a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
