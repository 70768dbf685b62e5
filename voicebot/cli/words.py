"""How the store's words are called in front of administrators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from voicebot.language.speaking import say_specialty
from voicebot.store.tables import CaseStage, ConsentKind, Gender, TaskState, WaitState

STATES: Mapping[str, str] = {
    TaskState.OPEN: "не начато",
    TaskState.TAKEN: "в работе",
    TaskState.DONE: "сделано",
    WaitState.WAITING: "ждёт",
    WaitState.OFFERED: "предложено",
    WaitState.BOOKED: "записан",
    WaitState.WITHDRAWN: "больше не ждёт",
    WaitState.EXPIRED: "срок вышел",
}
STAGES: Mapping[str, str] = {
    CaseStage.NEW: "новый",
    CaseStage.REGISTERED: "зарегистрирован",
    CaseStage.ORGANISING: "организуется",
    CaseStage.PROVIDED: "помощь оказана",
    CaseStage.CLOSED: "закрыт",
    CaseStage.CANCELLED: "отменён",
}
GENDERS: Mapping[str, str] = {
    Gender.MALE: "мужской",
    Gender.FEMALE: "женский",
    Gender.OTHER: "другой",
    Gender.UNKNOWN: "",
}
CONSENTS: Mapping[str, str] = {
    ConsentKind.ADVERTISING: "реклама",
    ConsentKind.RECORDING: "запись",
    ConsentKind.MESSAGES: "сообщения",
    ConsentKind.DATA: "данные",
}
CHANGES: Mapping[str, str] = {
    "booked": "записан",
    "confirmed": "придёт",
    "moved": "перенесён",
    "cancelled": "отменён",
    "reason": "причина",
}
TASKS: Mapping[str, str] = {
    "call_back": "перезвонить",
    "move_visit": "перенести приём",
    "wrong_number": "проверить номер",
    "red_flag": "срочно: признаки опасного состояния",
}
_DETAILS: Mapping[str, str] = {
    "appointment_id": "приём №",
    "contact": "строка списка №",
    "reason": "причина",
    "why": "причина",
    "by": "сообщил",
    "slot": "время №",
    "starts_at": "на",
    "before": "было",
    "number": "телефон",
}


def called(words: Mapping[str, str], value: str) -> str:
    """The word for people; a value that has none stays as it is."""
    return words.get(value, str(value))


def specialty(key: str) -> str:
    """`cardiologist` → `кардиолог`; what the clinic calls in its own way stays."""
    return say_specialty(key) if key else ""


def details(about: Mapping[str, Any], zone: ZoneInfo) -> str:
    """What a task or a change is about, in a line; instants as the clocks of the zone show them."""
    told = ((_DETAILS.get(name, name), value) for name, value in about.items() if value not in (None, ""))
    return ", ".join(f"{name}{'' if name.endswith('№') else ': '}{_plain(value, zone)}" for name, value in told)


def _plain(value: Any, zone: ZoneInfo) -> str:
    try:
        return f"{datetime.fromisoformat(value).astimezone(zone):%d.%m.%Y %H:%M}"
    except (TypeError, ValueError):
        return str(value)
