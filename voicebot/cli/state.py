"""What every command may need: the settings, read when asked for."""

from dataclasses import dataclass
from pathlib import Path

from voicebot import config
from voicebot.config import Settings


@dataclass(frozen=True, kw_only=True)
class State:
    """Kept in typer's context."""

    config: Path | None = None

    def settings(self) -> Settings:
        """Read the settings; raises ConfigError."""
        return config.load(self.config)
