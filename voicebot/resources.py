"""Where models/, campaigns/, dialplans/ and asterisk-conf/ lie: in a checkout or inside an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


def _folder(name: str) -> Path:
    in_wheel = _PACKAGE / "data" / name
    return in_wheel if in_wheel.is_dir() else _CHECKOUT / name


def models() -> Path:
    """Speech models and `models.toml`."""
    return _folder("models")


def campaigns() -> Path:
    """Scenarios (`outbound/*.yaml`, `inbound/*.yaml`) and sample lists."""
    return _folder("campaigns")


def dialplans() -> Path:
    """Asterisk dialplans."""
    return _folder("dialplans")


def asterisk_conf() -> Path:
    """The Asterisk configuration set."""
    return _folder("asterisk-conf")


def migrations() -> Path:
    """Alembic's migrations of the store."""
    return _PACKAGE / "store" / "migrations"


def installed_models() -> Path:
    """Speech models that were installed: beside the shipped ones in a checkout, in the user's data folder otherwise."""
    in_wheel = (_PACKAGE / "data").is_dir()
    return Path.home() / ".local/share/voicebot/models" if in_wheel else _CHECKOUT / "models"


def private_prefix() -> Path:
    """Where programs of Debian's packages are unpacked without root: `.asterisk/` of a checkout."""
    in_wheel = (_PACKAGE / "data").is_dir()
    return Path.home() / ".local/share/voicebot/asterisk" if in_wheel else _CHECKOUT / ".asterisk"
