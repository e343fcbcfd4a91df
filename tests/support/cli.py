"""Helpers of the command line's tests: running it in a process of its own, and databases to run it on."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import psutil

from support.clock import PATIENCE
from support.databases import drop_database, make_database
from support.listening import free_port
from support.programs import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COMMAND = [sys.executable, "-m", "houselist"]


@cache
def _data_dir() -> str:
    folder = tempfile.mkdtemp(prefix="houselist-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def key_file(said: str) -> dict[str, str]:
    """What the first start's file holds, by name; its path is in what the command said."""
    path = re.search(r"^  Key file       (/.+)$", said, re.MULTILINE)
    assert path, said
    lines = Path(path[1]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    def expect(self, code: int) -> Ended:
        assert self.code == code, f"exit code {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err
        return self


def environ(**settings: str) -> dict[str, str]:
    """This process's environment with these HOUSELIST_* settings and no others.

    The data directory is one of the tests' where none is named: a first start writes its key there.
    """
    settings.setdefault("data_dir", _data_dir())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOUSELIST_")}
    return {**kept, **{f"HOUSELIST_{name.upper()}": value for name, value in settings.items()}}


def run(*arguments: str, env: Mapping[str, str], timeout: float = 60) -> Ended:
    """One command to its end, in a process of its own."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with Path(os.devnull).open("rb") as nothing:
            streams = {"stdin": nothing, "stdout": out, "stderr": err}
            numbers = {name: stream.fileno() for name, stream in streams.items()}
            process = PROGRAMS.fork("houselist", *arguments, env=env, **numbers)
        try:
            code = process.wait(timeout)
        finally:
            process.kill()
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read().decode(), err.read().decode())


def start(*arguments: str, env: Mapping[str, str], **more: Any) -> psutil.Popen:
    """A command that runs beside the test. Ctrl-C reaches it."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return psutil.Popen(
        [*COMMAND, *arguments], env=env, **{**pipes, "preexec_fn": heed_ctrl_c, **more}
    )


def heed_ctrl_c() -> None:
    """For `preexec_fn`: a suite in the background ignores Ctrl-C, which its children would inherit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def fresh_database(server_dsn: str, *, migrated: bool = True) -> Iterator[str]:
    """A database of one's own on the run's server."""
    own = asyncio.run(make_database(server_dsn, "cli", migrated=migrated))
    try:
        yield own
    finally:
        asyncio.run(drop_database(server_dsn, own))


def execute(dsn: str, sql: str) -> Any:
    """One statement, and what it gives."""

    async def work() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    return asyncio.run(work())


def eventually(look: Callable[[], Any], *, within: float = PATIENCE) -> Any:
    """What `look` gives once it gives something."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, f"still not after {within} s"
        time.sleep(0.05)
    return found


class Serving:
    """A `houselist serve` that is running, or on its way."""

    def __init__(
        self, folder: Path, env: Mapping[str, str], *arguments: str, port: int | None = None
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._files = folder / f"{self.port}.out", folder / f"{self.port}.err"
        with self._files[0].open("wb") as out, self._files[1].open("wb") as err:
            self.process = psutil.Popen(
                [*COMMAND, "serve", "--port", str(self.port), *arguments],
                env=env,
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
            )

    @property
    def out(self) -> str:
        return self._files[0].read_text()

    @property
    def err(self) -> str:
        return self._files[1].read_text()

    def wait_until_ready(self) -> None:
        def look() -> bool:
            assert self.process.poll() is None, self.out + self.err
            return f"Houselist is listening on {self.url}\n" in self.out

        eventually(look)
        assert self.answers()

    def answers(self, path: str = "/readyz") -> bool:
        try:
            return httpx.get(self.url + path, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def child(self, module: str) -> psutil.Process | None:
        """The process that runs houselist.serving.<module>, directly under the supervisor."""
        for process in self.process.children():
            try:
                if f"houselist.serving.{module}" in process.cmdline():
                    return process
            except psutil.Error:
                continue
        return None

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code, once it and all that it had started are gone."""
        everybody = [self.process, *self.process.children(recursive=True)]
        self.process.send_signal(how)
        _, alive = psutil.wait_procs(everybody, timeout=PATIENCE)
        assert not alive, f"still there: {alive}\n{self.err}"
        return self.process.returncode


@contextmanager
def serving(
    folder: Path, env: Mapping[str, str], *arguments: str, port: int | None = None
) -> Iterator[Serving]:
    """A `houselist serve`, on a free port if none is named, ready; gone when the block ends."""
    service = Serving(folder, env, *arguments, port=port)
    everybody: list[psutil.Process] = []
    try:
        service.wait_until_ready()
        yield service
    finally:
        if service.process.poll() is None:
            everybody = [service.process, *service.process.children(recursive=True)]
        for process in everybody:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(everybody, timeout=PATIENCE)
