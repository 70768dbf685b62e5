"""Settings: one model, a documented default for every key.

Read from a TOML file (`--config`, else `VOICEBOT_CONFIG`, else `./voicebot.toml` if it is there) and from the
environment, which wins: `VOICEBOT_ARI__PASSWORD=…` sets `[ari] password`. Secrets belong in the environment
or in a file that only the service can read.
"""

import json
import os
import tomllib
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from voicebot.errors import ConfigError

Port = Annotated[int, Field(ge=1, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clinic(_Section):
    """Whom the robot speaks for."""

    name: str = Field("Поликлиника Здоровье", description="said in the first phrase of every call")
    timezone: str = Field("Europe/Moscow", description="IANA zone of the clinic")
    country: str = Field("RU", description="ISO code used to read telephone numbers without a country code")
    callback_number: str = Field("", description="E.164 number that the robot tells people to call")
    messenger: str = Field("", description="messenger in which talks go on, as it is said; empty: it is not offered")
    closed_days: tuple[date, ...] = Field((), description="nobody is called: the clinic's own, the region's holidays")
    open_days: tuple[date, ...] = Field((), description="public holidays on which the clinic works and calls")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Moscow") from None
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Store(_Section):
    """Where appointments, cases and the queue are kept."""

    url: str = Field("sqlite:///var/voicebot.db", description="SQLAlchemy URL: sqlite:///FILE or postgresql://…")
    timeout: timedelta = Field(timedelta(seconds=2), description="after this a talk goes on without the store")
    slots_ahead: timedelta = Field(timedelta(days=60), description="how far ahead doctors' hours become bookable times")


class MediaKind(StrEnum):
    """How the sound of a call travels between Asterisk and the robot."""

    WEBSOCKET = "websocket"  #: chan_websocket: Asterisk keeps the pace
    AUDIOSOCKET = "audiosocket"  #: chan_audiosocket: the robot does


class Ari(_Section):
    """Asterisk's REST interface."""

    url: str = Field("http://127.0.0.1:8088", description="of Asterisk's HTTP server")
    user: str = Field("voicebot", description="user of ari.conf")
    password: SecretStr = Field(SecretStr(""), description="its password")
    app: str = Field("voicebot", description="Stasis application; one name per robot node")
    timeout: timedelta = Field(timedelta(seconds=5), description="limit of one request and of the login")
    media: MediaKind = Field(
        MediaKind.WEBSOCKET,
        description="how a call's sound travels; audiosocket for an Asterisk without chan_websocket",
    )
    cel_file: Path = Field(
        Path("/var/log/asterisk/cel-custom/Master.csv"),
        description="Asterisk's event log (cel_custom.conf): after a crash it tells what became of a call",
    )


class Ami(_Section):
    """Asterisk's manager interface; several servers may be named (the clinic's operators sit on its own PBX)."""

    name: str = Field("local", description="for logs and metrics")
    host: str = Field("127.0.0.1", description="where manager.conf listens")
    port: Port = Field(5038, description="its TCP port")
    user: str = Field("voicebot", description="user of manager.conf")
    secret: SecretStr = Field(SecretStr(""), description="its secret")
    timeout: timedelta = Field(timedelta(seconds=5), description="limit of the login")


class Trunk(_Section):
    """A way out to the telephone network."""

    name: str = Field("trunk", description="for logs, reports and line counts")
    dial: str = Field("PJSIP/{number}@trunk", description="dial string; {number} is E.164, {digits} the same without +")
    caller_id: str = Field("", description="number shown to the callee, as the carrier wants it")
    lines: int = Field(2, ge=1, description="simultaneous calls")
    calls_per_second: float = Field(2.0, gt=0, description="new calls, as the carrier allows them")
    ring_timeout: timedelta = Field(timedelta(seconds=30), description="how long a number may ring")
    allowed_prefixes: tuple[str, ...] = Field(("+7",), description="destinations that may be dialled at all")

    @field_validator("dial")
    @classmethod
    def _has_place(cls, template: str) -> str:
        if "{number}" not in template and "{digits}" not in template:
            raise ValueError("needs {number} or {digits}, for example PJSIP/{number}@trunk")
        return template


class Operators(_Section):
    """Where calls go that want a person."""

    context: str = Field("operators", description="dialplan context")
    extension: str = Field("s", description="extension in it: a queue, or the PBX's number")
    wait: timedelta = Field(timedelta(seconds=60), description="how long a caller waits before a call-back is offered")
    hours: dict[str, str | list[str]] = Field(
        {}, description='when they work: `{mon-fri = "08:00-20:00"}`; at other times they call back. Empty: always'
    )
    holidays: Literal["closed", "as_sunday", "ignore"] = Field("ignore", description="what a public holiday is to them")
    groups: dict[str, str] = Field(
        {}, description="extensions of groups: `child`, `adult`, `regional`; a group that is not named is the extension"
    )


class Insurer(_Section):
    """The insurer's own check of policies; without it, or when it does not answer, the local list is used."""

    url: str = Field("", description="answers GET {url}/policies/{number}; empty: there is none")
    token: SecretStr = Field(SecretStr(""), description="sent as Authorization: Bearer")
    timeout: timedelta = Field(timedelta(seconds=2), description="the caller waits no longer for it")


class Speech(_Section):
    """Recognition and synthesis."""

    model: str = Field("tiny-ru", description="folder below models/, or an absolute path to a Vosk model")
    voice: str = Field("auto", description="auto (the best installed), silero:SPEAKER, festvox, espeak[:VARIANT]")
    threads: int = Field(2, ge=1, description="recognition worker threads")
    synthesis_threads: int = Field(1, ge=1, description="synthesis worker threads")
    phrasebook_megabytes: int = Field(512, ge=1, description="size limit of prepared phrases on disk")
    pronunciations: Path | None = Field(
        None, description="YAML file of words and how they are said: `Нурофен: нуроф+ен`"
    )
    learn_names: bool = Field(
        True, description="names in loaded lists and schedules are taught to the embedded model (single words, no rows)"
    )


class Turns(_Section):
    """Who speaks when; a step of a scenario may say otherwise."""

    end_silence: timedelta = Field(
        timedelta(milliseconds=850), description="silence that ends an answer in which something is missing"
    )
    may_go_on_silence: timedelta = Field(
        timedelta(milliseconds=600),
        description="the same when it is an answer to which people add (a bare yes, a number, a date)",
    )
    slow_silence: timedelta = Field(
        timedelta(milliseconds=500),
        description="the same when what was said is complete, and whoever said it pauses inside answers "
        "(what is not complete has `end_silence` then)",
    )
    complete_silence: timedelta = Field(
        timedelta(milliseconds=250), description="the same when what was said is complete as it stands"
    )
    no_input: timedelta = Field(timedelta(seconds=6), description="silence after which the robot asks again")
    max_answer: timedelta = Field(timedelta(seconds=20), description="longest answer")
    greeting_silence: timedelta = Field(
        timedelta(milliseconds=200), description='silence after "алло" that lets the robot greet'
    )
    greeting_wait: timedelta = Field(timedelta(seconds=1.2), description="after an answer in silence the robot greets")
    beep_wait: timedelta = Field(timedelta(seconds=20), description="how long a machine may speak before it beeps")


class Clock(_Section):
    """Simulated time, for demonstrations: pauses of hours pass in seconds. Leave it alone in production."""

    speed: float = Field(1.0, gt=0, description="so many simulated seconds pass in a real one")
    real: AwareDatetime | None = Field(None, description="the real instant at which `simulated` holds")
    simulated: AwareDatetime | None = Field(None, description="what the robot takes for the time then")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.real is None) != (self.simulated is None):
            raise ValueError("needs both `real` and `simulated`, or none of them")
        return self


class Guard(_Section):
    """The watchdog that takes callers over when the robot dies."""

    timeout: timedelta = Field(timedelta(seconds=3), description="heartbeat older than this means dead")
    beat: timedelta = Field(timedelta(milliseconds=500), description="how often the robot says that it is alive")
    context: str = Field("robot-lost", description="dialplan context that callers are sent to")


class Recording(_Section):
    """Call recordings: two channels, kept for a limited time."""

    enabled: bool = Field(True, description="whether calls are recorded")
    retention: timedelta = Field(timedelta(days=90), description="recordings older than this are erased")


class Retention(_Section):
    """How long data is kept before it is erased; recordings have a setting of their own."""

    at: time = Field(time(3, 30), description="when a running robot erases what is old, each day by the clinic's clock")
    words: timedelta = Field(timedelta(days=180), description="what was said and understood in a talk")
    calls: timedelta = Field(timedelta(days=1095), description="calls: who, when, with what outcome")
    lists: timedelta = Field(timedelta(days=365), description="campaigns that have ended, with their contacts")
    tasks: timedelta = Field(timedelta(days=365), description="tasks that are done")
    messages: timedelta = Field(timedelta(days=30), description="messages to other systems that were sent")
    cases: timedelta = Field(timedelta(days=1825), description="cases that are closed")
    appointments: timedelta = Field(timedelta(days=1095), description="visits that lie in the past")
    slots: timedelta = Field(timedelta(days=30), description="times in the past that nobody took")


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix="VOICEBOT_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    node: str = Field("voicebot-1", description="name of this robot; must differ between robots on one store")
    state_dir: Path = Field(Path("var"), description="database, recordings, prepared phrases, heartbeat, logs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="of `serve` and `guard`")
    metrics_port: int = Field(
        0, ge=0, le=65535, description="where Prometheus reads, on 127.0.0.1 at /metrics; 0: nowhere"
    )
    inbound_scenario: str = Field("hotline", description="who talks with those who call")
    inbound_numbers: dict[str, str] = Field(
        {}, description="dialled number, as the network gives it → the scenario that answers there instead"
    )
    clinic: Clinic = Clinic()
    store: Store = Store()
    ari: Ari = Ari()
    ami: tuple[Ami, ...] = (Ami(),)
    trunks: tuple[Trunk, ...] = (Trunk(),)
    operators: Operators = Operators()
    insurer: Insurer = Insurer()
    speech: Speech = Speech()
    turns: Turns = Turns()
    clock: Clock = Clock()
    guard: Guard = Guard()
    recording: Recording = Recording()
    retention: Retention = Retention()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @property
    def heartbeat_file(self) -> Path:
        return self.state_dir / f"{self.node}.heartbeat"

    @property
    def recordings_dir(self) -> Path:
        return self.state_dir / "recordings"

    @property
    def journal_dir(self) -> Path:
        return self.state_dir / "journal"

    @property
    def phrasebook_dir(self) -> Path:
        return self.state_dir / "phrases"


def load(path: Path | None = None) -> Settings:
    """Read the settings.

    Raises:
        ConfigError: the file is missing or not TOML, or a key is unknown or wrong; names the key.
    """
    path = file_of(path)
    try:
        return Settings(**(_read(path) if path else {}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        place = f"{path or 'environment'}: {key}"
        reason = first["msg"].removeprefix("Value error, ")
        raise ConfigError(reason, place=place, mend="See docs/settings.md.") from None


def file_of(path: Path | None) -> Path | None:
    """The settings file that is read: the given one, else the usual ones; None where there is none."""
    path = path or (Path(env) if (env := os.environ.get("VOICEBOT_CONFIG")) else None)
    if path is None and Path("voicebot.toml").is_file():
        path = Path("voicebot.toml")
    return path


def to_environment(settings: Settings) -> dict[str, str]:
    """The settings as variables for a child process; holds secrets, so give it to nobody else."""

    def plain(value: Any) -> Any:
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        return value.total_seconds() if isinstance(value, timedelta) else str(value)

    sections = {name: value for name, value in settings.model_dump().items() if value is not None}
    return {
        f"VOICEBOT_{name.upper()}": str(value) if isinstance(value, str | Path) else json.dumps(value, default=plain)
        for name, value in sections.items()
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError("no such settings file", place=str(path), mend="Check --config or VOICEBOT_CONFIG.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", place=str(path), mend="Mend that line.") from None
