"""An Asterisk of our own: rendered into a run directory, started, watched, stopped."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from voicebot import config, resources
from voicebot.errors import TelephonyError
from voicebot.speech.audio import Samples
from voicebot.telephony.asterisk import AsteriskBinary, find_asterisk
from voicebot.telephony.instance import Instance
from voicebot.telephony.ports import LOOPBACK, Ports

_BOOT_LIMIT = 30.0  # seconds; measured 0.5
_STOP_LIMIT = 5.0


class LocalAsterisk:
    """One private Asterisk on the loopback address.

    Ports and secrets are remembered in the run directory: the same directory gives the same ones again.

        async with LocalAsterisk(run_dir, values={"trunk_port": city.ports.sip}) as asterisk:
            settings = Settings(ari=asterisk.ari, ami=(asterisk.ami,))
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        conf_dirs: Sequence[Path] | None = None,
        values: Mapping[str, Any] | None = None,
        ports: Ports | None = None,
        sounds: Mapping[str, Samples] | None = None,
        prefix: Path | None = None,
    ) -> None:
        """
        Args:
            conf_dirs: folders of templates, see `render`; a later one wins. None is the robot's set.
            values: what the templates are filled with, over the folders' `values.toml`.
            ports: None takes free ones, or those of the run directory's last start.
            sounds: name → sound that the dialplan plays as `{{ sounds_dir }}/NAME`.
            prefix: where Asterisk was installed, None for the usual place.
        """
        self.sounds = sounds or {}
        folders = conf_dirs or (resources.asterisk_conf(), resources.dialplans())
        self._instance = Instance(run_dir, folders, dict(values or {}), ports)
        self._prefix = prefix
        self._process: asyncio.subprocess.Process | None = None
        self._binary: AsteriskBinary | None = None

    # --- what others need to know -----------------------------------------------------------------------------------

    @property
    def run_dir(self) -> Path:
        return self._instance.folder

    @property
    def ports(self) -> Ports:
        return self._instance.ports

    @property
    def pid(self) -> int | None:
        return self._instance.pid

    @property
    def ari(self) -> config.Ari:
        """The settings' `[ari]` section for this instance."""
        values = self._instance.values()
        return config.Ari(
            url=f"http://{LOOPBACK}:{self.ports.http}",
            user=values["ari_user"],
            password=SecretStr(values["ari_password"]),
            app=values["ari_app"],
            cel_file=self.cel_file,
        )

    @property
    def ami(self) -> config.Ami:
        """The settings' `[[ami]]` section for this instance."""
        values = self._instance.values()
        secret = SecretStr(values["ami_secret"])
        return config.Ami(name=values["name"], port=self.ports.ami, user=values["ami_user"], secret=secret)

    @property
    def sip(self) -> tuple[str, int]:
        return LOOPBACK, self.ports.sip

    @property
    def cel_file(self) -> Path:
        return self.run_dir / "log/cel-custom/Master.csv"

    @property
    def cdr_file(self) -> Path:
        return self.run_dir / "log/cdr-csv/Master.csv"

    @property
    def log_file(self) -> Path:
        return self.run_dir / "log/messages.log"

    @property
    def running(self) -> bool:
        """Whether the process is there (and is this Asterisk: ids are given anew by the system)."""
        if self.pid is None:
            return False
        try:
            return str(self._instance.conf_file).encode() in Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False

    def complaints(self) -> list[str]:
        """The log's lines of level ERROR."""
        if not self.log_file.is_file():
            return []
        return [line for line in self.log_file.read_text(errors="replace").splitlines() if "] ERROR[" in line]

    # --- its life ---------------------------------------------------------------------------------------------------

    async def start(self, *, detached: bool = False) -> Self:
        """Render, start, and wait until it has booted.

        Args:
            detached: goes on when this process ends; else it is killed then, even when this process is killed.

        Raises:
            AsteriskMissing: there is none.
            ConfigError: a template or value is wrong.
            TelephonyError: a port is taken, or it does not boot; shows the log's last lines.
        """
        if self.running:
            raise TelephonyError("this Asterisk runs already", place=str(self.run_dir), mend="Stop it first.")
        await asyncio.to_thread(self._prepare)
        command = self._command("-f", "-n")
        keeper = shutil.which("setpriv")
        if keeper and not detached:
            command = [keeper, "--pdeathsig", "KILL", *command]
        with (self.run_dir / "log/console.log").open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                env=self._found.program.env,
                stdin=DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        self._instance.remember(self._process.pid)
        try:
            async with asyncio.timeout(_BOOT_LIMIT):
                await self._booted()
        except TimeoutError:
            await self.stop()
            raise self._not_booted() from None
        except BaseException:
            await self.stop()
            raise
        return self

    async def stop(self) -> None:
        """End it at once (its calls with it); harmless when it has ended."""
        if self.running and self.pid:
            os.kill(self.pid, signal.SIGTERM)
            try:
                async with asyncio.timeout(_STOP_LIMIT):
                    await self._ended()
            except TimeoutError:
                self.kill()
                await self._ended()
        elif self._process:
            # A killed process has no command line any more, but keeps its ports until it is gone altogether.
            await self._process.wait()
        self._instance.remember(None)
        shutil.rmtree(self._instance.socket_dir, ignore_errors=True)

    def kill(self) -> None:
        """As a crash would end it."""
        if self.running and self.pid:
            os.kill(self.pid, signal.SIGKILL)

    async def command(self, line: str) -> str:
        """What its command line answers, for example to `core show channels`.

        Raises:
            TelephonyError: it does not run.
        """
        code, answer = await self._remote(line)
        if code:
            raise TelephonyError(f"Asterisk does not answer: {answer.strip()}", place=str(self.run_dir))
        return answer

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def _found(self) -> AsteriskBinary:
        if self._binary is None:
            self._binary = find_asterisk(self._prefix)
        return self._binary

    def _prepare(self) -> None:
        self.ports.check()
        self._instance.write(self._found, self.sounds)

    def _command(self, *arguments: str) -> list[str]:
        return self._found.program.command("-C", self._instance.conf_file, *arguments)

    async def _booted(self) -> None:
        while (await self._remote("core waitfullybooted"))[0]:
            if self._process is None or self._process.returncode is not None:
                raise self._not_booted()
            await asyncio.sleep(0.05)

    async def _ended(self) -> None:
        if self._process:
            await self._process.wait()
        while self.running:  # noqa: ASYNC110 (started by another process: there is nothing to wait on)
            await asyncio.sleep(0.02)

    async def _remote(self, line: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *self._command("-rx", line), env=self._found.program.env, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
        answer, _ = await process.communicate()
        return process.returncode or 0, answer.decode(errors="replace")

    def _not_booted(self) -> TelephonyError:
        console = self.run_dir / "log/console.log"
        said = self.complaints() or console.read_text(errors="replace").splitlines() or ["(it said nothing)"]
        return TelephonyError(f"Asterisk does not boot: {said[-1]}", place=str(self.log_file), mend="Read that log.")
