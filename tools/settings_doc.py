"""Write docs/settings.md from the settings' own descriptions: python tools/settings_doc.py"""

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from voicebot.config import Settings

FILE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """\
# Settings

Written by `tools/settings_doc.py` from `voicebot/config.py`; do not edit.

One TOML file (`--config FILE`, else `VOICEBOT_CONFIG`, else `./voicebot.toml`) and the environment, which wins:
`VOICEBOT_ARI__PASSWORD=…` sets `password` of `[ari]`. Durations are seconds, or ISO 8601 (`PT2H`).
An unknown key is an error that names it. Sections in double brackets may stand several times.
"""


def page() -> str:
    """The whole page."""
    top: list[str] = []
    sections: list[str] = []
    for name, field in Settings.model_fields.items():
        model = _section(field)
        if model is None:
            top.append(_row(name, field))
        else:
            brackets = f"[[{name}]]" if get_args(field.annotation) else f"[{name}]"
            rows = [_row(key, one) for key, one in model.model_fields.items()]
            sections.append(f"\n## `{brackets}`\n\n{model.__doc__ or ''}\n\n{_table(rows)}")
    return HEAD + f"\n## Top level\n\n{_table(top)}" + "".join(sections)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _table(rows: list[str]) -> str:
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_shown(field.default)} | {field.description or ''} |"


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr) or value == "":
        return "empty"
    if hasattr(value, "total_seconds"):
        return f"`{value.total_seconds():g}` s"
    if isinstance(value, tuple):
        return f"`{list(value)}`"
    return f"`{value}`"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
