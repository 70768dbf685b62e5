"""How outcomes, results and replies are called in front of administrators."""

from collections.abc import Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

from voicebot.outbound.campaigns import SERVED, STOPPED, CampaignContacts, CampaignStatus
from voicebot.outbound.lines import TrunkSeen
from voicebot.outbound.policy import Priority, Why
from voicebot.outcomes import Outcome, Result
from voicebot.store.appointments import VISIT_CHANGED
from voicebot.store.tables import AppointmentStatus, CampaignState, ContactState, Turn

T = TypeVar("T")

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.ANSWERED: "ответил",
    Outcome.BUSY: "занято",
    Outcome.NO_ANSWER: "не ответил",
    Outcome.MACHINE: "автоответчик",
    Outcome.REJECTED: "сбросил",
    Outcome.UNREACHABLE: "недоступен",
    Outcome.INVALID_NUMBER: "нет такого номера",
    Outcome.CONGESTION: "нет свободных линий",
    Outcome.FAILED: "сбой сети",
    Outcome.BLOCKED: "звонить нельзя",
    Outcome.CANCELLED: "отменён роботом",
    Outcome.NOT_DIALLED: "не набирали",
    Outcome.LOST: "исход неизвестен",
}
RESULTS: Mapping[Result, str] = {
    Result.CONFIRMED: "придёт",
    Result.CANCELLED: "отменил",
    Result.RESCHEDULED: "перенёс",
    Result.BOOKED: "записался",
    Result.CALLBACK_REQUESTED: "просил перезвонить",
    Result.WRONG_PERSON: "не тот человек",
    Result.REFUSED: "отказался",
    Result.INTERESTED: "заинтересован",
    Result.NOT_INTERESTED: "не заинтересован",
    Result.TRANSFERRED: "соединён с оператором",
    Result.COMPLETED: "выслушал",
    Result.HUNG_UP: "бросил трубку",
    Result.MESSAGE_LEFT: "оставлено сообщение",
    Result.NO_INPUT: "не понят",
    Result.ERROR: "сбой робота",
}
CAMPAIGNS: Mapping[CampaignState, str] = {
    CampaignState.DRAFT: "не начата",
    CampaignState.RUNNING: "идёт",
    CampaignState.PAUSED: "приостановлена",
    CampaignState.STOPPED: "остановлена",
    CampaignState.FINISHED: "закончена",
}
CONTACTS: Mapping[ContactState, str] = {
    ContactState.WAITING: "ждёт звонка",
    ContactState.CALLING: "идёт звонок",
    ContactState.DONE: "закончен",
    ContactState.GIVEN_UP: "не удалось",
    ContactState.EXPIRED: "звонить поздно",
    ContactState.WITHDRAWN: "снят",
}
WHYS: Mapping[str, str] = {
    Why.FIRST: "первый звонок",
    Why.REPEAT: "повтор",
    Why.UNFINISHED: "разговор не закончен",
    Why.CALLBACK: "просил перезвонить",
    Why.NEXT_NUMBER: "следующий номер",
    Why.FINISHED: "разговор состоялся",
    Why.EXHAUSTED: "попытки исчерпаны",
    Why.MACHINE: "автоответчик",
    Why.INVALID_NUMBER: "нет такого номера",
    Why.BLOCKED: "звонить нельзя",
    Why.DO_NOT_CALL: "просил не звонить",
    Why.REFUSED: "недавно отказался",
    Why.NO_CONSENT: "нет согласия на рекламу",
    Why.NO_ZONE: "неизвестен часовой пояс",
    Why.EXPIRED: "звонить поздно",
    STOPPED: "кампания остановлена",
    SERVED: "позвонил сам или с ним уже поговорили",
    VISIT_CHANGED: "приём отменён или перенесён",
}
PRIORITIES: Mapping[Priority, str] = {
    Priority.CALLBACK: "названное время",
    Priority.EXPIRING: "последний срок",
    Priority.FIRST: "первый проход",
    Priority.REPEAT: "повторы",
}
_CONFIRMED = "confirmed"
#: By `visit_state`.
VISITS: Mapping[str, str] = {
    AppointmentStatus.BOOKED: "записан",
    _CONFIRMED: "подтверждён",
    AppointmentStatus.CANCELLED: "отменён",
    AppointmentStatus.FULFILLED: "состоялся",
    AppointmentStatus.ARRIVED: "пришёл",
    AppointmentStatus.NOSHOW: "не пришёл",
}


def left(status: CampaignContacts) -> str:
    """How many contacts are still to be called."""
    return f"осталось {status.left} из {status.total}"


def counts(status: CampaignStatus) -> list[tuple[str, str]]:
    """Titles, and what was counted under each."""
    return [
        ("Контакты", _listed(CONTACTS, status.contacts)),
        ("Звонки", _listed(OUTCOMES, status.attempts)),
        ("Итоги", _listed(RESULTS, status.results)),
    ]


def _listed(names: Mapping[T, str], numbers: Mapping[T, int]) -> str:
    return ", ".join(f"{names[key]} {number}" for key, number in numbers.items()) or "—"


def trunk(seen: TrunkSeen, zone: ZoneInfo) -> str:
    """How a trunk does."""
    busy = f"занято линий {seen.taken} из {seen.lines}"
    if seen.rests_until is None:
        return busy
    until = seen.rests_until.astimezone(zone)
    return f"{busy}; сеть отказала {seen.failures} раз подряд, следующая проба в {until:%H:%M:%S}"


def visit_state(status: AppointmentStatus, *, confirmed: bool) -> str:
    """An appointment's status, or `confirmed` while it is still to come."""
    to_come = status in (AppointmentStatus.BOOKED, AppointmentStatus.PENDING)
    return _CONFIRMED if confirmed and to_come else status.value


def visit(status: AppointmentStatus, *, confirmed: bool) -> str:
    """An appointment's state."""
    return VISITS.get(visit_state(status, confirmed=confirmed), VISITS[AppointmentStatus.BOOKED])


def reply(turn: Turn) -> str:
    """What the other side answered."""
    silent = {"silence": "(молчит)"}.get(turn.reply_kind or "", "(неразборчиво)")
    return turn.reply_text or turn.reply_keys or silent
