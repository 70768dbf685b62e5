"""What every command may need: the settings, read when asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voicebot.config import Settings


@dataclass(frozen=True, kw_only=True)
class State:
    """Kept in typer's context."""

    config: Path | None = None

    def settings(self) -> "Settings":
        """Read the settings; raises ConfigError."""
        from voicebot import config  # here, so that `--help` need not load it

        return config.load(self.config)
