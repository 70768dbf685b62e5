"""Trust on first use: the checksums of what was installed under a name, kept beside the installed models."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from voicebot import resources

LOCK = "models.lock"


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """What was installed first under a name; another file is refused later. Outlives the model's removal."""

    source: str
    sha256: str  #: see `sha256_of`
    files: dict[str, str] = field(default_factory=dict)  #: path below the model's folder → sha256


def trusted(name: str) -> Trusted | None:
    """What is known of a model, if it was ever installed here."""
    return _all().get(name)


def trust(name: str, what: Trusted) -> None:
    """Remember it from now on."""
    file = resources.installed_models() / LOCK
    known = {**_all(), name: what}
    draft = file.with_name(f"{LOCK}.new")
    lines = json.dumps({key: asdict(value) for key, value in known.items()}, indent=1, sort_keys=True)
    draft.write_text(lines + "\n", encoding="utf-8")
    draft.replace(file)


def checksums(folder: Path) -> dict[str, str]:
    """Of every file below the folder, by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def sha256_of(path: Path) -> str:
    """Of a file, or of a folder's listing of checksums."""
    if path.is_dir():
        return hashlib.sha256(json.dumps(checksums(path), sort_keys=True).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _all() -> dict[str, Trusted]:
    file = resources.installed_models() / LOCK
    raw = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {name: Trusted(**fields) for name, fields in raw.items()}
