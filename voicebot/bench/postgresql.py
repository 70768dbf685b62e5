"""A PostgreSQL server of one's own on a private port and data folder, for tests and benchmarks."""

import os
import pwd
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from voicebot import debian, resources
from voicebot.errors import ProgramMissing, StoreError

_PATIENCE = 60.0  # seconds; it starts within two
_UNPRIVILEGED = "nobody"  # exists everywhere; PostgreSQL refuses to run as root
#: Everything here must outlive a killed process.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "log_min_messages": "warning",
}


@dataclass(frozen=True, kw_only=True)
class Programs:
    """PostgreSQL's programs: the machine's own, else those in the private prefix."""

    folder: Path

    def command(self, name: str, *arguments: str | Path) -> list[str]:
        """The command line, as an unprivileged user where this process is root."""
        words = [str(self.folder / name), *map(str, arguments)]
        if os.geteuid() != 0:
            return words
        user = pwd.getpwnam(_UNPRIVILEGED)
        drop = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        return [*drop, *words]


@dataclass(kw_only=True)
class Server:
    """A server; its data and its log lie in `folder`."""

    port: int
    programs: Programs
    folder: Path
    process: subprocess.Popen[bytes]
    fsync: bool = False

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def url(self, name: str = "postgres") -> str:
        """Of one of its databases, for the store."""
        return f"postgresql://voicebot@127.0.0.1:{self.port}/{name}"

    def create(self, template: str = "template0") -> str:
        """Make a database and give its name."""
        name = f"test_{secrets.token_hex(6)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def signal(self, number: signal.Signals) -> list[int]:
        """Send a signal to all its processes at once; gives the ids of those that serve connections and the rest."""
        workers = _children(self.process.pid)
        for pid in (self.process.pid, *workers):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return workers

    def kill(self) -> None:
        """End it as a power cut ends programs: all its processes at once, without a word."""
        workers = self.signal(signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + _PATIENCE
        while any(map(_lives, workers)) and time.monotonic() < deadline:  # its memory is theirs until then
            time.sleep(0.01)

    def start_again(self) -> None:
        """Start a killed server on its data.

        Raises:
            StoreError: it does not start; tells the end of its log.
        """
        self.process = _launch(self.programs, self.folder, self.port, fsync=self.fsync)
        _wait(self)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running(*, fsync: bool = False) -> Iterator[Server]:
    """Start a server and stop it at the end; its files lie in a temporary folder.

    `fsync`: what it has committed outlives a power cut too, as with a server in use; each commit waits for the disk.

    Raises:
        ProgramMissing: there is no PostgreSQL, and none can be got from Debian's archive.
        StoreError: it does not start; tells the end of its log.
    """
    programs = find()
    folder = Path(tempfile.mkdtemp(prefix="voicebot-postgresql-"))
    try:
        server = _start(programs, folder, fsync=fsync)
        try:
            yield server
        finally:
            server.process.send_signal(signal.SIGINT)  # "fast": ends sessions, then itself
            try:
                server.process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                server.process.kill()
                server.process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find() -> Programs:
    """PostgreSQL's programs; unpacked into the private prefix where the machine has none.

    Raises:
        ProgramMissing: the archive does not give it.
    """
    own = _newest(Path("/"))
    if own is not None:
        return Programs(folder=own)
    prefix = _reachable_prefix()
    debian.install(["postgresql"], prefix)
    unpacked = _newest(prefix / "root")
    if unpacked is None:
        raise ProgramMissing("Debian's package brought no PostgreSQL server", place=str(prefix))
    return Programs(folder=_wrapped(unpacked, prefix))


def _wrapped(unpacked: Path, prefix: Path) -> Path:
    """Programs that call the unpacked ones with the prefix's own loader and libraries.

    initdb starts postgres by its path and finds `share` beside it, so they lie in a tree of the same shape.
    """
    root, tree = prefix / "root", prefix / "postgresql"
    folder = tree / unpacked.relative_to(root)
    folder.mkdir(parents=True, exist_ok=True)
    for place in (unpacked.parent.relative_to(root) / "lib", Path("usr/share")):
        if not (tree / place).is_symlink():
            (tree / place).symlink_to(root / place)
    library = debian.library_folder(root)
    loader = next(library.glob("ld-linux*.so.*"))
    for program in unpacked.iterdir():
        wrapper = folder / program.name
        command = [loader, "--library-path", library, "--argv0", wrapper, program]
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
    return folder


def _newest(root: Path) -> Path | None:
    servers = (file.parent for file in root.glob("usr/lib/postgresql/*/bin/initdb"))
    return max(servers, key=lambda folder: int(folder.parent.name), default=None)


def _reachable_prefix() -> Path:
    """A prefix that the unprivileged user can read: a checkout may lie in a home that is closed to others."""
    prefix = resources.private_prefix()
    folders = [folder for folder in prefix.absolute().parents if folder.exists()]
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in folders):
        return prefix
    return Path(tempfile.gettempdir()) / "voicebot-postgresql-prefix"


def _start(programs: Programs, folder: Path, *, fsync: bool) -> Server:
    data = folder / "data"
    if os.geteuid() == 0:
        user = pwd.getpwnam(_UNPRIVILEGED)
        os.chown(folder, user.pw_uid, user.pw_gid)
    initdb = programs.command("initdb", "-D", data, "-U", "voicebot", "--auth=trust", "--no-sync", "--encoding=UTF8")
    made = subprocess.run([*initdb, "--locale=C"], cwd=folder, capture_output=True, text=True, check=False)
    if made.returncode:
        raise StoreError(f"PostgreSQL's data folder cannot be made: {made.stderr.strip()[-300:]}", place=str(folder))
    port = _free_port()
    process = _launch(programs, folder, port, fsync=fsync)
    server = Server(port=port, programs=programs, folder=folder, process=process, fsync=fsync)
    _wait(server)
    return server


def _launch(programs: Programs, folder: Path, port: int, *, fsync: bool) -> subprocess.Popen[bytes]:
    settings = {**_SETTINGS, "port": port, "fsync": "on" if fsync else "off"}
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    with (folder / "log").open("ab") as stream:
        return subprocess.Popen(
            programs.command("postgres", "-D", folder / "data", *options),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # Ctrl-C in the terminal is for the tests
        )


def _wait(server: Server) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            psycopg.connect(server.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    server.process.kill()
    server.process.wait()
    raise StoreError(f"PostgreSQL did not start: {server.log.read_text(errors='replace')[-500:]}")


def _children(parent: int) -> list[int]:
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if (stat := _stat(pid)) and int(stat[1]) == parent]


def _lives(pid: int) -> bool:
    stat = _stat(pid)
    return bool(stat) and stat[0] != "Z"


def _stat(pid: int) -> list[str]:
    """State, parent and so on of a process; empty: it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
