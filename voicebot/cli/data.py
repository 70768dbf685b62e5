"""`--data COLUMN=VALUE` options."""

from collections.abc import Sequence

import typer


def pairs(options: Sequence[str]) -> dict[str, str]:
    """The options by column; a usage error names the one that is no pair."""
    given = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not name.strip() or not equals:
            raise typer.BadParameter(f"{option!r} is not COLUMN=VALUE", param_hint="--data")
        given[name.strip()] = value.strip()
    return given
