"""Asterisk as the robot meets it: ARI, modules, trunks, the way of the sound."""

import asyncio
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from voicebot import config
from voicebot.config import Settings, Trunk
from voicebot.doctor.check import Check, fail, failed, ok, warn
from voicebot.errors import AriError, AsteriskMissing
from voicebot.telephony.ari import Ari
from voicebot.telephony.ari_client import HttpClient, base, open_client, translated
from voicebot.telephony.asterisk import OLDEST, find_asterisk
from voicebot.telephony.media_kinds import media_of

_MEDIA_LIMIT = 5.0  # seconds; measured 0.02
_CLOCKS_APART = timedelta(seconds=2)  # Asterisk's answer has whole seconds
_OFFLINE = "offline"
#: `PJSIP/{number}@trunk`, `SIP/trunk/{digits}`, `Local/{number}@context`
_DIAL = re.compile(r"(?P<tech>\w+)/(?:[^@/]*@(?P<after>[\w.-]+)|(?P<before>[\w.-]+)/).*")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What Asterisk says of itself."""

    version: str
    modules: frozenset[str]
    endpoints: Mapping[str, str]  #: `PJSIP/trunk` → state
    clock_off: timedelta  #: how far Asterisk's clock is ahead of ours


async def checks(settings: Settings) -> list[Check]:
    """ARI and what lies behind it; where ARI fails, only that, and whether there is an Asterisk at all."""
    try:
        seen = await _look(settings.ari)
    except AriError as error:
        there = error.status is not None  # it answers, if only to refuse
        return [*([] if there else [await _installed(settings)]), failed("ari", error)]
    return [
        _version(seen),
        ok("ari", f"{settings.ari.url} lets user {settings.ari.user!r} in"),
        _clock(seen),
        _modules(settings.ari, seen),
        await _media(settings.ari, seen),
        *(_trunk(trunk, seen) for trunk in settings.trunks),
    ]


async def _look(settings: config.Ari) -> Seen:
    _, http = await open_client(settings)
    try:
        with translated(settings):
            info = await http.request("GET", f"{base(settings)}ari/asterisk/info")
            date = info.headers.get("Date")
            version = (await info.json())["system"]["version"]
            modules = await _listed(http, settings, "asterisk/modules")
            endpoints = await _listed(http, settings, "endpoints")
    finally:
        await http.close()
    ahead = parsedate_to_datetime(date).timestamp() - time.time() if date else 0.0
    return Seen(
        version=version,
        modules=frozenset(one["name"] for one in modules if one["status"] == "Running"),
        endpoints={f"{one['technology']}/{one['resource']}": one.get("state", "") for one in endpoints},
        clock_off=timedelta(seconds=ahead),
    )


async def _listed(http: HttpClient, settings: config.Ari, path: str) -> Sequence[Mapping[str, Any]]:
    answer = await http.request("GET", f"{base(settings)}ari/{path}")
    listed: Sequence[Mapping[str, Any]] = await answer.json()
    return listed


async def _installed(settings: Settings) -> Check:
    """ARI does not answer: is there an Asterisk that could be started?"""
    host = urlsplit(settings.ari.url).hostname or ""
    if host not in ("127.0.0.1", "::1", "localhost"):
        mend = "Look there: does Asterisk run, and does its firewall let this machine in?"
        return warn("asterisk", f"it should run on {host}, where this cannot be seen from here", mend)
    try:
        found = await asyncio.to_thread(find_asterisk)
    except AsteriskMissing as error:
        return failed("asterisk", error)
    return ok("asterisk", f"version {found.version} is installed (below {found.program.root}), but does not answer")


def _version(seen: Seen) -> Check:
    major = re.match(r"\d+", seen.version)
    if major and int(major.group()) < OLDEST:
        mend = f"Install Asterisk {OLDEST} or newer: voicebot asterisk install."
        return fail("asterisk", f"version {seen.version} is too old for the robot", mend)
    return ok("asterisk", f"version {seen.version} runs")


def _clock(seen: Seen) -> Check:
    seconds = round(seen.clock_off.total_seconds())
    if abs(seen.clock_off) > _CLOCKS_APART:
        mend = "Let NTP set both clocks (timedatectl set-ntp true)."
        return warn("asterisk clock", f"Asterisk's clock differs from this machine's by {seconds} s", mend)
    return ok("asterisk clock", "as this machine's")


def _modules(settings: config.Ari, seen: Seen) -> Check:
    module = media_of(settings.media).module
    if f"{module}.so" not in seen.modules:
        mend = f"Load it: asterisk -rx 'module load {module}.so', and remove any noload of it in modules.conf."
        return fail("media module", f"{module} is not loaded: calls would have no sound", mend)
    return ok("media module", f"{module} is loaded")


async def _media(settings: config.Ari, seen: Seen) -> Check:
    """Open the sound of a call that nobody is on, under a name of its own: the robot may be at work meanwhile."""
    name = f"{settings.app}-doctor-{os.getpid()}"
    channel_id = f"{name}-{time.monotonic_ns()}"
    begin = time.perf_counter()
    try:
        async with asyncio.timeout(_MEDIA_LIMIT), Ari(settings.model_copy(update={"app": name})) as ari:
            media = media_of(settings.media)(ari, channel_id)
            inbox = ari.inbox(media.media_id)
            try:
                await media.open_sound()
                await inbox.wait_for("StasisStart")
            finally:
                await media.close()
    except TimeoutError:
        what = f"Asterisk did not open the sound of a call within {_MEDIA_LIMIT:g} s"
        return fail("media path", what, "Read Asterisk's log; is http.conf's websocket support on?")
    except (AriError, aiohttp.ClientError) as error:
        return fail("media path", f"the sound of a call cannot be opened: {error}", "Mend the media module first.")
    return ok("media path", f"the sound of a call opens in {1000 * (time.perf_counter() - begin):.0f} ms")


def _trunk(trunk: Trunk, seen: Seen) -> Check:
    name = f"trunk {trunk.name}"
    match = _DIAL.fullmatch(trunk.dial)
    resource = match and (match["after"] or match["before"])
    if match is None or resource is None or match["tech"] == "Local":
        return ok(name, f"{trunk.dial} goes through the dialplan; only a call can prove it")
    endpoint = f"{match['tech']}/{resource}"
    state = seen.endpoints.get(endpoint)
    if state is None:
        known = ", ".join(sorted(seen.endpoints)) or "none"
        mend = f"Mend [[trunks]] dial, or make the endpoint; Asterisk knows: {known}."
        return fail(name, f"Asterisk knows no endpoint {endpoint}", mend)
    if state == _OFFLINE:
        mend = (
            "Is the carrier or PBX reachable, and its address in pjsip.conf right? (asterisk -rx 'pjsip show contacts')"
        )
        return warn(name, f"{endpoint} does not answer Asterisk", mend)
    return ok(name, f"{endpoint} is there ({state})")
