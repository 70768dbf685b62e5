"""A robot in a process of its own, to be killed: dials the numbers of its command line and talks without end.

    python -m tests.asterisk.mortal_robot SETTINGS.json NUMBER…

It also answers the hotline. Prints a line when a talk begins.
"""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from voicebot.config import Settings
from voicebot.dialog.ports import Prompt
from voicebot.outbound.ports import Dialling
from voicebot.telephony.ami import Ami
from voicebot.telephony.ari import Ari
from voicebot.telephony.call import Call
from voicebot.telephony.dialler import PbxDialler
from voicebot.telephony.heartbeat import beating
from voicebot.telephony.inbound import Reception
from voicebot.telephony.succession import release_inherited
from voicebot.telephony.switchboard import Switchboard

from .boards import Tones


async def talk(call: Call, *_about: str) -> None:
    await call.say(Prompt(fragments=("440 0.5",)))  # heard to its end: a recording has it, however slow the machine is
    sys.stdout.write("talking\n")
    sys.stdout.flush()
    await call.say(Prompt(fragments=("440 600",)))


async def main(settings: Settings, numbers: list[str]) -> None:
    async with beating(settings), Ari(settings.ari) as ari, Ami(settings.ami[0]) as ami:
        board = Switchboard(ari=ari, ami=ami, settings=settings, phrases=Tones(), ears=None)
        await release_inherited(ari, settings.guard.context)
        dialler = PbxDialler(board, talk)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Reception(board, talk).serve())
            for number in numbers:
                dialling = Dialling(
                    attempt_id=f"attempt{number}", number=number, trunk="trunk", ring_timeout=timedelta(seconds=60)
                )
                tasks.create_task(dialler.dial(dialling))


if __name__ == "__main__":
    asyncio.run(main(Settings(**json.loads(Path(sys.argv[1]).read_text())), sys.argv[2:]))
