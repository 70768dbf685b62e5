"""The shapes of the fixtures that start the command."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from typer.testing import Result


class Command(Protocol):
    """`voicebot(ARGUMENTS…)` in a process of its own; `text` is typed in, keywords are environment variables."""

    def __call__(
        self, *arguments: str | Path, text: str = "", **environment: str
    ) -> "subprocess.CompletedProcess[str]": ...


class Invoke(Protocol):
    """The command inside the test's process; an error of ours ends it with its exit code, as `main` does."""

    def __call__(self, arguments: Sequence[str | Path], text: str = "") -> Result: ...
