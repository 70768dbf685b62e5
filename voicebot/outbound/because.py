"""Grounds of a decision as sentences for administrators."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from voicebot.outbound import words
from voicebot.outbound.holidays import name_of
from voicebot.outbound.policy import Ground, History, Part, Policy, Rule, part_of

_PARTS = {Part.MORNING: "утром", Part.AFTERNOON: "днём", Part.EVENING: "вечером"}

#: A sentence from (ground, the contact's past, the zone of its number); empty: nothing worth telling.
_Sentence = Callable[[Ground, History, ZoneInfo], str]


def sentence(ground: Ground, history: History, zone: ZoneInfo) -> str:
    """What the rule said, with its facts; times are those of `zone`. Empty where there is nothing to tell."""
    return _SENTENCES[ground.rule](ground, history, zone)


def hours(policy: Policy, moment: datetime, zone: ZoneInfo) -> str:
    """The windows of the day on which the moment lies there: `09:10–13:00, 14:00–19:50`."""
    day = policy.weekday(moment.astimezone(zone).date())
    found = [window for window in policy.windows if window.day == day]
    return ", ".join(f"{window.start:%H:%M}–{window.end:%H:%M}" for window in found)


def moment_of(moment: datetime, zone: ZoneInfo) -> str:
    """`24.11.2026 09:10`."""
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"


def _only_against(text: str) -> _Sentence:
    return lambda ground, history, zone: "" if ground.allows else text


def _either(allowed: str, forbidden: str) -> _Sentence:
    return lambda ground, history, zone: allowed if ground.allows else forbidden


def _dated(allowed: str, forbidden: str | None = None, *, without: str = "") -> _Sentence:
    """Sentences with a moment in them, and what is told where the ground has none."""

    def told(ground: Ground, history: History, zone: ZoneInfo) -> str:
        if ground.until is None:
            return without
        return (allowed if ground.allows or forbidden is None else forbidden).format(moment_of(ground.until, zone))

    return told


def _cap(span: str) -> _Sentence:
    def told(ground: Ground, history: History, zone: ZoneInfo) -> str:
        if ground.until is not None:
            return f"Предел звонков на этот номер за {span} исчерпан: не раньше {moment_of(ground.until, zone)}"
        return f"Звонков на этот номер за {span}: {ground.used} из {ground.cap}"

    return told


def _pause(ground: Ground, history: History, zone: ZoneInfo) -> str:
    outcome = f" ({words.OUTCOMES[history.last.outcome]})" if history.last else ""
    return f"Пауза после попытки{outcome}: до {_until(ground, zone)}"


def _zone(ground: Ground, history: History, zone: ZoneInfo) -> str:
    return f"Часовой пояс номера: {zone.key}" if ground.allows else "Часовой пояс номера неизвестен: звонить нельзя"


def _holiday(ground: Ground, history: History, zone: ZoneInfo) -> str:
    name = name_of(ground.since.astimezone(zone).date()) if ground.since else None
    return f"Нерабочий день{f' ({name})' if name else ''}: до {_until(ground, zone)}"


def _part(ground: Ground, history: History, zone: ZoneInfo) -> str:
    part = f" {_PARTS[part_of(ground.since, zone)]}" if ground.since else ""
    return f"Не заставали{part}: лучше в другую часть дня, {_until(ground, zone)}"


def _until(ground: Ground, zone: ZoneInfo) -> str:
    return moment_of(ground.until, zone) if ground.until else ""


_SENTENCES: Mapping[Rule, _Sentence] = {
    Rule.FINISHED: _only_against("Разговор уже состоялся"),
    Rule.DO_NOT_CALL: _either("В списке «не звонить» его номеров нет", "Номер этого человека в списке «не звонить»"),
    Rule.NUMBER: _only_against("Нет номера, по которому можно позвонить"),
    Rule.MACHINE: _only_against("Ответил автоответчик, и кампания больше не звонит"),
    Rule.TRIES: lambda ground, history, zone: f"Попыток без разговора: {ground.used} из {ground.cap}",
    Rule.UNFINISHED: lambda ground, history, zone: f"Незаконченных разговоров: {ground.used} из {ground.cap}",
    Rule.REFUSAL: _dated(
        "Отказывался от таких звонков, запрет кончился {}",
        "Отказался от таких звонков: не звонить до {}",
        without="От таких звонков не отказывался",
    ),
    Rule.CONSENT: _either("Согласие на рекламу записано", "Нет записанного согласия на рекламу по этому номеру"),
    Rule.ZONE: _zone,
    Rule.PAUSE: _pause,
    Rule.NAMED_TIME: _dated("Просил позвонить {}"),
    Rule.NUMBER_PAUSE: _dated("Номер отдыхает после другого звонка: до {}"),
    Rule.PER_DAY: _cap("день"),
    Rule.PER_WEEK: _cap("7 дней"),
    Rule.PER_MONTH: _cap("31 день"),
    Rule.HOLIDAY: _holiday,
    Rule.WINDOW: _dated("Вне часов обзвона: до {}"),
    Rule.PART_OF_DAY: _part,
    Rule.DEADLINE: _dated("Срок: не позже {}", "Раньше срока позвонить нельзя: надо было не позже {}"),
}
