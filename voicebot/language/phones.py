"""Telephone numbers as they are dictated, to E.164 by `phonenumbers`."""

import phonenumbers

from voicebot.language import digits, tokens
from voicebot.language.reading import Context, Reading, Value

_VALID, _POSSIBLE = 0.95, 0.6
_COUNTRY = "RU"


def parse(text: str, context: Context) -> Reading:
    """The number that was dictated, if its digits make one."""
    utterance = tokens.read(text)
    groups = digits.groups(utterance.words)
    if not groups:
        return Reading(text=text)
    dialled = "".join(group.text for group in groups)
    foreign = "плюс" in utterance.words or "+" in text
    number = _number(f"+{dialled}" if foreign and not dialled.startswith("8") else dialled)
    if number is None:
        return Reading(text=text)
    value = Value(
        value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        words=utterance.said(groups[0].start, groups[-1].end),
        confidence=_VALID if phonenumbers.is_valid_number(number) else _POSSIBLE,
    )
    return Reading(text=text, values=(value,))


def _number(dialled: str) -> phonenumbers.PhoneNumber | None:
    """A possible number, or None: too few or too many digits."""
    try:
        number = phonenumbers.parse(dialled, _COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) and len(dialled) >= 10 else None
