"""Asterisk's configuration out of templates: folders of `*.conf` and their `values.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from voicebot.errors import ConfigError

VALUES = "values.toml"
_SECRETS = frozenset(("ari_password", "ami_secret"))  # without defaults on purpose


def default_values(folders: Sequence[Path]) -> dict[str, Any]:
    """What the folders' `values.toml` say; a later folder wins.

    Raises:
        ConfigError: a file is not TOML.
    """
    values: dict[str, Any] = {}
    for file in (folder / VALUES for folder in folders):
        if not file.is_file():
            continue
        try:
            values |= tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"not valid TOML: {error}", place=str(file), mend="Mend that line.") from None
    return values


def write_set(folders: Sequence[Path], values_file: Path, target: Path) -> None:
    """The production set: the folders' files with an administrator's values.

    Raises:
        ConfigError: the file is missing or not TOML, a value is unknown, or one without a default is not given.
    """
    defaults = default_values(folders)
    try:
        given = tomllib.loads(values_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", place=str(values_file)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", place=str(values_file), mend="Mend that line.") from None
    if unknown := sorted(set(given) - set(defaults) - _SECRETS):
        raise ConfigError(f"{unknown[0]} is not a value of this set", place=str(values_file), mend="See values.toml.")
    render(folders, {**defaults, **given}, target)


def render(folders: Sequence[Path], values: Mapping[str, Any], target: Path) -> None:
    """Write every `*.conf` of the folders into `target`; a file of a later folder replaces its namesake.

    The files hold secrets: only their owner can read them.

    Raises:
        ConfigError: a template is wrong or names a value that was not given.
    """
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = {file.name: file for folder in folders for file in sorted(folder.glob("*.conf"))}
    for name, file in files.items():
        # Asterisk's own syntax is full of ${…}, [#…] and ;-remarks: only {{ … }} and {% … %} are ours.
        environment = Environment(
            loader=FileSystemLoader(file.parent),
            undefined=StrictUndefined,
            comment_start_string="{##",
            comment_end_string="##}",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        try:
            text = environment.get_template(name).render(values)
        except TemplateError as error:
            mend = f"Set it in {VALUES}, or mend the template."
            raise ConfigError(str(error), place=str(file), mend=mend) from None
        draft = target / name
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
