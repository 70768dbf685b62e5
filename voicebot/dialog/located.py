"""YAML whose errors can name the line: a plain value beside the line of every key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from voicebot.errors import ScenarioError

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Located:
    """A parsed file: its value, and the line (from 1) where each key or item stands."""

    file: Path
    value: Any
    lines: Mapping[Path_, int]

    def line(self, path: Path_) -> int:
        """The line of the nearest known ancestor of `path`."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def place(self, path: Path_) -> str:
        """`file:line: key.key`, as editors understand it."""
        key = ".".join(str(part) for part in path)
        return f"{self.file}:{self.line(path)}" + (f": {key}" if key else "")


class _Loader(yaml.SafeLoader):
    """YAML 1.1 takes the bare words yes, no, on and off for booleans; here they are words, as in YAML 1.2."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])


def load(file: Path) -> Located:
    """Read a YAML file.

    Raises:
        ScenarioError: missing file, not UTF-8, not YAML, or a key that stands twice.
    """
    try:
        text = file.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=_Loader)
    except FileNotFoundError:
        raise ScenarioError("no such file", place=str(file), mend="Check the name.") from None
    except UnicodeDecodeError as error:
        raise ScenarioError(f"not UTF-8: {error}", place=str(file), mend="Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise ScenarioError(
            f"not YAML: {getattr(error, 'problem', error)}", place=place, mend="Mend that line."
        ) from None
    lines: dict[Path_, int] = {}
    if node is not None:
        _walk(node, (), lines, file)
    return Located(file=file, value=yaml.load(text, Loader=_Loader), lines=lines)


def _walk(node: yaml.Node, path: Path_, lines: dict[Path_, int], file: Path) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            child = (*path, str(key.value))
            if child in lines:
                raise ScenarioError(
                    f"the key {key.value!r} stands twice",
                    place=f"{file}:{key.start_mark.line + 1}",
                    mend=f"It stands in line {lines[child]} already; keep one.",
                )
            lines[child] = key.start_mark.line + 1
            _walk(value, child, lines, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), lines, file)
