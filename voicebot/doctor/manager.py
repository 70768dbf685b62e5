"""AMI: one login for every configured server, each with its own time limit."""

import asyncio

from voicebot import config
from voicebot.doctor.check import Check, failed, ok
from voicebot.errors import AmiError
from voicebot.telephony.ami import Ami


async def checks(servers: tuple[config.Ami, ...]) -> list[Check]:
    """All servers at once."""
    return list(await asyncio.gather(*(_login(server) for server in servers)))


async def _login(server: config.Ami) -> Check:
    name = f"ami {server.name}"
    try:
        async with Ami(server) as ami:
            await ami.items("CoreShowChannels")  # what the guard must be allowed to ask
    except AmiError as error:
        return failed(name, error)
    return ok(name, f"{server.host}:{server.port} lets user {server.user!r} in")
