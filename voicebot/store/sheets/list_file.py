"""A list's file, whatever its kind: told by its content, not by its name."""

from pathlib import Path

from voicebot.errors import ListError
from voicebot.store.sheets import csv_file, xlsx_file
from voicebot.store.sheets.sheet import HeaderScore, Sheet

_ZIP, _OLD_OFFICE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
_MEND = "Сохраните список как «CSV UTF-8» или «Книга Excel (.xlsx)» и загрузите снова."


def read(path: Path, score: HeaderScore) -> Sheet:
    """Open a list.

    Raises:
        ListError: there is no such file, or nothing that can be read in it.
    """
    try:
        return _read(path, score)
    except OSError as error:
        raise ListError(f"файл нельзя открыть ({error.strerror})", place=str(path), mend="Проверьте путь.") from error
    except ListError as error:
        raise ListError(error.what, place=str(path), mend=error.mend) from error


def _read(path: Path, score: HeaderScore) -> Sheet:
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise ListError("файл пуст", mend="Проверьте, тот ли это файл.")
    if start in (_OLD_OFFICE, _PDF):
        raise ListError("это не таблица CSV или XLSX", mend=_MEND)
    return xlsx_file.read(path, score) if start == _ZIP else csv_file.read(path, score)
