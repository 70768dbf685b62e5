"""Which number calls an ambulance in a country."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import phonenumbers
import yaml


def number(country: str) -> str:
    """By ISO code, as it is dialled there: `TH` → `1669`; 112 where nothing else is known, or no country."""
    default, countries = numbers()
    return countries.get(country, default)


def country_of(e164: str) -> str:
    """Where a caller's number belongs: who calls from a local card is in that country; empty for Russian ones.

    A Russian card travels with its owner, so it tells nothing.
    """
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ""
    return "" if region in (None, "RU", "001") else str(region)


@cache
def numbers() -> tuple[str, Mapping[str, str]]:
    """The default, and the others by ISO code."""
    table = yaml.safe_load(Path(__file__).with_name("emergency.yaml").read_text(encoding="utf-8"))
    return table["default"], table["countries"]
