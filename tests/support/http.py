"""The HTTP server as a process of its own, for what only real connections show."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import httpx
import psutil

from houselist.serving.metrics import FOLDER, render
from support.clock import PATIENCE
from support.jobs import until
from support.listening import free_port
from support.programs import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from support.forking import Forked


_MODULE = "houselist.serving.api"


@dataclass
class Server:
    """The HTTP server as a process."""

    process: Forked | subprocess.Popen[bytes]
    port: int
    counting: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def metrics(self) -> str:
        """What its processes have counted, as the supervisor would answer it."""
        return render(self.counting).decode()

    def memory(self) -> dict[int, int]:
        """Bytes of each of its processes, by their ids."""
        server = psutil.Process(self.process.pid)
        sizes = {server.pid: server.memory_info().rss}
        for each in server.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                # Until it is a program of its own, a process that was just started shares the server's.
                if each.cmdline() != server.cmdline():
                    sizes[each.pid] = each.memory_info().rss
        return sizes


def _started(
    port: int, env: dict[str, str], errors: BinaryIO | None, before: Callable[[], None] | None
) -> Forked | subprocess.Popen[bytes]:
    listening = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--parent"]
    if before is not None:
        command = [sys.executable, "-m", _MODULE, *listening, str(os.getpid())]
        return subprocess.Popen(command, env=env, stderr=errors, preexec_fn=before)  # noqa: PLW1509 - it is no thread that does it
    with Path(os.devnull).open("rb") as nothing:
        return PROGRAMS.fork(
            _MODULE,
            *listening,
            str(PROGRAMS.pid),
            env=env,
            stdin=nothing.fileno(),
            stdout=1,
            stderr=errors.fileno() if errors else 2,
        )


@asynccontextmanager
async def serving(
    dsn: str,
    *,
    errors: BinaryIO | None = None,
    before: Callable[[], None] | None = None,
    **variables: str,
) -> AsyncIterator[Server]:
    """`variables` as in the environment, without their HOUSELIST_. `errors` takes what is logged.

    `before` is called in the new process before it begins.
    """
    port = free_port()
    counting = Path(tempfile.mkdtemp(prefix="houselist-tests-"))
    env = (
        {**os.environ, "HOUSELIST_DATABASE_URL": dsn, "HOUSELIST_RATE_LIMIT": "off"}
        | {FOLDER: str(counting)}
        | {f"HOUSELIST_{name}": value for name, value in variables.items()}
    )
    process = _started(port, env, errors, before)
    server = Server(process, port, counting)
    try:
        async with httpx.AsyncClient() as client:

            async def answers() -> bool:
                try:
                    return (await client.get(f"{server.url}/healthz")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(answers)
        yield server
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, PATIENCE)
        shutil.rmtree(counting)
