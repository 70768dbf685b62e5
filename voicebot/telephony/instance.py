"""The run directory of one private Asterisk: what is rendered into it, and what it remembers."""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import soundfile

from voicebot.speech.audio import RATE, Samples
from voicebot.telephony.asterisk import AsteriskBinary
from voicebot.telephony.ports import Ports
from voicebot.telephony.render import default_values, render

_FOLDERS = (
    *("lib/keys", "spool/monitor", "spool/recording", "spool/outgoing", "spool/tmp", "spool/system"),
    *("log/cdr-csv", "log/cdr-custom", "log/cel-custom", "cache/stir", "sounds"),
)
_PLACES = {"etc": "etc", "var": "lib", "spool": "spool", "log": "log", "cache": "cache", "sounds": "sounds"}


class Instance:
    """Ports, secrets and the process id are remembered in the folder: the same folder gives the same ones again."""

    def __init__(self, folder: Path, templates: Sequence[Path], given: Mapping[str, Any], ports: Ports | None) -> None:
        """
        Args:
            templates: see `render`.
            given: values of the templates over the folders' `values.toml`.
            ports: None takes those of the last start, or free ones.
        """
        self.folder = folder.absolute()
        self._file = self.folder / "instance.json"
        self._templates = templates
        self._given = given
        known = json.loads(self._file.read_text(encoding="utf-8")) if self._file.is_file() else {}
        self.pid: int | None = known.get("pid")
        self.ports = ports or (Ports(**known["ports"]) if known else Ports.free())
        self._secrets: dict[str, str] = known.get("secrets") or {
            "ari_password": secrets.token_hex(24),
            "ami_secret": secrets.token_hex(24),
        }

    @property
    def conf_file(self) -> Path:
        return self.folder / "etc/asterisk.conf"

    @property
    def socket_dir(self) -> Path:
        """Short: the path of the control socket in it must stay below 107 bytes."""
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"vb-{os.getuid()}-{digest}"

    def values(self) -> dict[str, Any]:
        """What the templates are filled with, except where Asterisk's own files lie."""
        return {
            **default_values(self._templates),
            **{f"{key}_dir": str(self.folder / place) for key, place in _PLACES.items()},
            "run_dir": str(self.socket_dir),
            **self.ports.values(),
            **self._secrets,
            **self._given,
        }

    def write(self, binary: AsteriskBinary, sounds: Mapping[str, Samples]) -> None:
        """Everything that Asterisk reads.

        Raises:
            ConfigError: a template or value is wrong.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for place in _FOLDERS:
            (self.folder / place).mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        values = {**self.values(), "modules_dir": str(binary.modules), "data_dir": str(binary.data)}
        render(self._templates, values, self.folder / "etc")
        for name, samples in sounds.items():
            soundfile.write(self.folder / "sounds" / f"{name}.wav", samples, RATE, subtype="PCM_16")

    def remember(self, pid: int | None) -> None:
        """For the next start, and for other processes."""
        self.pid = pid
        if self.folder.is_dir():
            self._file.touch(mode=0o600)
            known = {"pid": pid, "ports": asdict(self.ports), "secrets": self._secrets}
            self._file.write_text(json.dumps(known, indent=1), encoding="utf-8")
