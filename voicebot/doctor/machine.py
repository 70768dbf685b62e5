"""This machine: disk, clock, who may read what, the robot's and the guard's processes, ports."""

import json
import os
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

from voicebot.config import Settings
from voicebot.doctor.check import Check, fail, failed, ok, warn
from voicebot.errors import TelephonyError
from voicebot.telephony import heartbeat
from voicebot.telephony.local import LocalAsterisk

_LITTLE = 2 * 2**30  # bytes: some 18 hours of recordings at 32 kB a second
_TOO_LITTLE = 200 * 2**20
_OLDEST = datetime(2026, 1, 1, tzinfo=UTC)  # no machine that runs this program can be older
_PROCESSES = Path("/proc")
_PRIVATE_ASTERISK = "asterisk"  # below the state directory, as `voicebot asterisk start` makes it


def checks(settings: Settings, settings_file: Path | None) -> list[Check]:
    """Blocks, for a few milliseconds."""
    found = [_state_dir(settings.state_dir), _disk(settings.state_dir), _clock(settings)]
    found += [_secrets(settings_file)] if settings_file else []
    return [*found, _ports(settings), *_processes(settings)]


def _state_dir(folder: Path) -> Check:
    name = "state directory"
    place = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        trial = folder / f".doctor-{os.getpid()}"
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        mend = "Give the robot's user a folder that it can write, or set state_dir."
        return fail(name, f"{place} cannot be written: {error.strerror}", mend)
    if folder.stat().st_mode & stat.S_IROTH:
        mend = f"chmod o-rwx {place}"
        return warn(
            name, f"{place} holds recordings and patients' data, and every user of the machine can read it", mend
        )
    return ok(name, f"{place} can be written, and others cannot read it")


def _disk(folder: Path) -> Check:
    place = folder.absolute()
    while not place.is_dir():
        place = place.parent
    free = shutil.disk_usage(place).free
    what = f"{free / 2**30:.1f} GB are free for {folder.absolute()}; an hour of calls takes 0.1 GB"
    mend = "Make room, shorten [recording] retention, or set state_dir to another disk."
    if free < _TOO_LITTLE:
        return fail("disk", what, mend)
    return warn("disk", what, mend) if free < _LITTLE else ok("disk", what)


def _clock(settings: Settings) -> Check:
    here = datetime.now().astimezone()
    clinic = here.astimezone(settings.clinic.zone)
    if here < _OLDEST:
        return fail("clock", f"it says {here:%Y-%m-%d}", "Set the clock (timedatectl set-ntp true).")
    if settings.clock.simulated:
        return warn("clock", "the robot's time is simulated, as for a demonstration", "Remove the section [clock].")
    if here.utcoffset() != clinic.utcoffset():
        what = (
            f"this machine's zone ({here.tzname()}, {here:%H:%M}) is not the clinic's "
            f"({settings.clinic.timezone}, {clinic:%H:%M}): the robot calls by the clinic's, but opening hours in the "
            "dialplan and times in Asterisk's records go by the machine's"
        )
        return warn("clock", what, f"timedatectl set-timezone {settings.clinic.timezone}, or set [clinic] timezone.")
    return ok("clock", f"{clinic:%Y-%m-%d %H:%M} in {settings.clinic.timezone}, as on this machine")


def _secrets(file: Path) -> Check:
    if file.stat().st_mode & stat.S_IROTH:
        what = f"every user of this machine can read the passwords in {file}"
        return fail("settings file", what, f"chmod 640 {file}, and let the robot's group own it.")
    return ok("settings file", f"{file}: others cannot read it")


def _ports(settings: Settings) -> Check:
    """Of the private Asterisk; one of the machine's own has its ports checked by logging in."""
    run_dir = settings.state_dir / _PRIVATE_ASTERISK
    if not (run_dir / "instance.json").is_file():
        return ok("ports", "no private Asterisk was set up here")
    try:
        asterisk = LocalAsterisk(run_dir)
    except (json.JSONDecodeError, TypeError, OSError) as error:
        return fail(
            "ports", f"{run_dir / 'instance.json'} is damaged: {error}", "Remove the folder and start it again."
        )
    if asterisk.running:
        return ok("ports", f"the private Asterisk holds its own (process {asterisk.pid})")
    try:
        asterisk.ports.check()
    except TelephonyError as error:
        return failed("ports", error)
    return ok("ports", "those of the private Asterisk are free; it does not run")


def _processes(settings: Settings) -> list[Check]:
    age = heartbeat.age(settings.heartbeat_file)
    if age is None:
        return [ok("robot", "does not run here (voicebot serve)")]
    if age > settings.guard.timeout.total_seconds():
        what = f"{settings.node} gave no sign of life for {age:.0f} s"
        return [fail("robot", what, "Start it again (voicebot serve), and read its log."), _guard()]
    return [ok("robot", f"{settings.node} is at work"), _guard()]


def _guard() -> Check:
    """Only the process can be seen, and only on this machine; it need not be of our user."""
    for file in _PROCESSES.glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"guard" in words and any(b"voicebot" in word for word in words):
            return ok("guard", f"runs (process {file.parent.name})")
    mend = "Start `voicebot guard` as a service of its own; without it callers stay in silence when the robot dies."
    return warn("guard", "does not run on this machine", mend)
