"""A child process of the supervisor: restarted whenever it ends, until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from houselist.serving.warning import warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST_DELAY = 0.2
MAX_DELAY = 5.0
HEALTHY_SECONDS = 30.0  # one that lived this long is restarted with the shortest delay


class Child:
    """One child, in a process group of its own: Ctrl-C reaches only the supervisor."""

    def __init__(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._name = name
        self._command = command
        self._environ = environ
        self._ending = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        delay = FIRST_DELAY
        while not self._ending.is_set():
            started = asyncio.get_running_loop().time()
            how = await self._run_once()
            if self._ending.is_set():
                return
            lived = asyncio.get_running_loop().time() - started
            delay = FIRST_DELAY if lived > HEALTHY_SECONDS else delay
            warn(f"{self._name} ended; it will be restarted", how=how, after_seconds=delay)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay)
            delay = min(delay * 2, MAX_DELAY)

    async def _run_once(self) -> str:
        """Start it, wait until it ends, and say how it ended."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environ,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            return f"it can't be started: {error.strerror}"
        self._process = process
        if self._ending.is_set():
            self._terminate(process)
        try:
            code = await process.wait()
        finally:
            self._process = None
            _kill_group(process.pid)  # whatever the process itself had started
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _terminate(self, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)

    async def end(self, stop_timeout: float, hurried: asyncio.Event) -> None:
        """Stop it: by force after `stop_timeout` seconds, or as soon as `hurried` is set."""
        self._ending.set()
        if self._process is not None:
            self._terminate(self._process)
        hurry = asyncio.create_task(hurried.wait())
        await asyncio.wait(
            {self._keeping, hurry}, timeout=stop_timeout, return_when=asyncio.FIRST_COMPLETED
        )
        hurry.cancel()
        if self._process is not None:
            warn(f"{self._name} did not stop in time and is killed")
            _kill_group(self._process.pid)
        await self._keeping


def _kill_group(leader: int) -> None:
    # macOS raises PermissionError for a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
