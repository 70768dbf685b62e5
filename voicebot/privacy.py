"""Masks for people's data in logs and messages."""

import re

_PHONE = re.compile(r"\+?\d[\d\s()\-]{5,}\d")


def mask_number(number: str) -> str:
    """`+79161234567` → `+7916*****67`: enough to find the row, too little to call."""
    if len(number) <= 6:
        return "*" * len(number)
    return number[:5] + "*" * (len(number) - 7) + number[-2:]


def mask_name(name: str) -> str:
    """`Иванова Мария Петровна` → `И. М. П.`"""
    return " ".join(part[0] + "." for part in name.split())


def mask_text(text: str) -> str:
    """Every telephone number inside a text masked."""
    return _PHONE.sub(lambda match: mask_number(match.group()), text)
