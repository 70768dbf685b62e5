"""Telephone numbers as people write them down: in groups."""

import phonenumbers

from voicebot.language import lexicon
from voicebot.language.inflection import cardinal

_RUSSIA = 7
_NATIONAL_DIGITS = 10


def say(number: str) -> str:
    """`+79161234567` → `восемь, девятьсот шестнадцать, сто двадцать три, сорок пять, шестьдесят семь`."""
    try:
        parsed = phonenumbers.parse(number, "RU")
    except phonenumbers.NumberParseException:
        return digits(number)
    national = str(parsed.national_number)
    if parsed.country_code != _RUSSIA or len(national) != _NATIONAL_DIGITS:
        return f"плюс {digits(str(parsed.country_code) + national)}"
    groups = (national[:3], national[3:6], national[6:8], national[8:])
    return ", ".join(["восемь", *map(_group, groups)])


def digits(text: str) -> str:
    """Digit by digit; anything else is left out."""
    return " ".join(cardinal(int(character)) for character in text if character.isdecimal())


def spelled(text: str) -> str:
    """Letter by letter and digit by digit: `АБ12` → `а, бэ, один два`; signs are left out."""
    names: dict[str, list[str]] = lexicon.load("letters")["letters"]
    signs = [cardinal(int(sign)) if sign.isdecimal() else f"{names[sign][0]}," for sign in text.upper() if _named(sign)]
    return " ".join(signs)


def _named(sign: str) -> bool:
    return sign.isdecimal() or sign in lexicon.load("letters")["letters"]


def _group(group: str) -> str:
    """`045` → `ноль сорок пять`, `00` → `ноль ноль`."""
    zeros = len(group) - len(group.lstrip("0"))
    rest = group[zeros:]
    return " ".join(["ноль"] * zeros + ([cardinal(int(rest))] if rest else []))
