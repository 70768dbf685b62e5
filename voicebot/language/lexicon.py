"""The word tables of this package: YAML files in `data/`, read once."""

from functools import cache
from importlib import resources
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml reads ten times faster where it is built in


@cache
def load(name: str) -> Any:
    """The content of `data/NAME.yaml`; shared, so never to be changed."""
    source = resources.files("voicebot.language").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(source, Loader=_Loader)
