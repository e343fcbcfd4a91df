"""A process of the supervisor's: started again whenever it ends, until it is to end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from houselist.serving.notes import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST_DELAY = 0.2
LONGEST_DELAY = 5.0
HEALTHY_SECONDS = 30.0  # one that lived this long is started again without much ado


class Child:
    """One such process, in a process group of its own: Ctrl-C reaches the supervisor alone."""

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
            note(f"{self._name} ended; it is started again", how=how, after_seconds=delay)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), delay)
            delay = min(delay * 2, LONGEST_DELAY)

    async def _run_once(self) -> str:
        """Start it, wait for its end; how it ended."""
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
            _kill_group(process.pid)  # what the process itself had started
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _terminate(self, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)

    async def end(self, patience: float, hurried: asyncio.Event) -> None:
        """Have it stop; after `patience` seconds, or when `hurried`, by force."""
        self._ending.set()
        if self._process is not None:
            self._terminate(self._process)
        hurry = asyncio.create_task(hurried.wait())
        await asyncio.wait(
            {self._keeping, hurry}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
        )
        hurry.cancel()
        if self._process is not None:
            note(f"{self._name} did not stop in time; it is killed")
            _kill_group(self._process.pid)
        await self._keeping


def _kill_group(leader: int) -> None:
    # PermissionError: macOS says so of a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
