"""Whether the people behind the robot are at work."""

from datetime import date, datetime

from pydantic import TypeAdapter, ValidationError

from voicebot.config import Settings
from voicebot.errors import ConfigError
from voicebot.outbound import holidays, windows
from voicebot.outbound.holidays import HolidayRule
from voicebot.outbound.windows import Windows

_ALWAYS = {"mon-sun": "00:00-24:00"}
_WINDOWS: TypeAdapter[Windows] = TypeAdapter(Windows)


def is_open(settings: Settings, now: datetime) -> bool:
    """By the operators' hours and the clinic's calendar, in the clinic's zone.

    Raises:
        ConfigError: the hours are none.
    """
    clinic, operators = settings.clinic, settings.operators

    def weekday(day: date) -> int | None:
        rule = HolidayRule(operators.holidays)
        return holidays.weekday(day, rule, closed=clinic.closed_days, opened=clinic.open_days)

    try:
        hours = _WINDOWS.validate_python(operators.hours or _ALWAYS)
    except ValidationError as error:
        mend = 'Write days and hours such as {mon-fri = "08:00-20:00"}.'
        raise ConfigError(error.errors()[0]["msg"], place="operators.hours", mend=mend) from None
    return windows.opening(hours, clinic.zone, now, weekday) <= now
