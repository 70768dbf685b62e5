"""A list of one row: somebody invented, or given on the command line."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from voicebot.config import Clinic
from voicebot.errors import ListError
from voicebot.outbound import columns
from voicebot.outbound.list_row import ListRow, RowReader
from voicebot.store.sheets.rows import BadRow
from voicebot.store.sheets.sheet import SheetRow

_SOMEBODY = {
    "surname": "Иванова",
    "name": "Мария",
    "patronymic": "Петровна",
    "full_name": "Иванова Мария Петровна",
    "phone": "+79161234567",
    "birth_date": "05.03.1975",
    "gender": "ж",
    "specialty": "терапевт",
    "doctor": "Смирнов Алексей Викторович",
    "place": "улица Мира, дом 5, кабинет 20",
    "preparation": "Возьмите паспорт и полис",
}
_OPENS = time(8)
_STEP = timedelta(minutes=10)
_OPTIONAL = frozenset({"zone", "external_id"})  # known from elsewhere, or not needed


def row(section: Mapping[str, Any], given: Mapping[str, str], *, clinic: Clinic, now: datetime) -> ListRow:
    """The row; what is not `given` (by the names of `list: columns:`) is invented, a visit is tomorrow.

    The visit's time goes with the minute: what an earlier trial did to its visit does not meet a later one.

    Raises:
        ScenarioError: the scenario's `list:` section is wrong.
        ListError: an unknown name, or a value that cannot be used.
    """
    spec = columns.read(section, place="list")
    if unknown := given.keys() - spec.columns.keys():
        known = ", ".join(spec.columns)
        raise ListError(f"нет столбца {', '.join(sorted(unknown))}", mend=f"Столбцы этого сценария: {known}.")
    today = now.astimezone(clinic.zone)
    visit = datetime.combine(today + timedelta(days=1), _OPENS) + _STEP * today.minute
    somebody = {**_SOMEBODY, "date": f"{visit:%d.%m.%Y}", "time": f"{visit:%H:%M}"}
    needless = _OPTIONAL.union(column.unless for column in spec.columns.values() if column.unless)
    fields = [field for field in spec.columns if field in given or field not in needless]
    invented = {field: somebody.get(field) or spec.title(field).lower() for field in fields}
    cells = tuple(given.get(field, invented[field]) for field in fields)
    places = {field: place for place, field in enumerate(fields)}
    reader = RowReader(spec=spec, places=places, width=len(cells), clinic=clinic, now=now)
    read = reader.read(SheetRow(line=1, cells=cells))
    if isinstance(read, BadRow):
        raise ListError("; ".join(str(problem) for problem in read.problems))
    return read
