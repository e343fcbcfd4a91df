"""For the tests of the gate: processes of their own that hold a place, and say so."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.clock import PATIENCE

if TYPE_CHECKING:
    import signal
    from collections.abc import AsyncIterator

# Holds the place so many times for so long, and says when by a clock that all processes share;
# then holds it until it is told to stop.
HOLDER = """
import asyncio, sys, time
from houselist import logs
from houselist.connections import gate
from houselist.errors import Upstream
logs.configure("error")
dsn, name, silence, times, seconds = sys.argv[1:]
gate._SHORTEST_SILENCE = 0

def say(*words):
    print(*words, flush=True)

async def main():
    own = gate.Gate(dsn, float(silence))
    loop = asyncio.get_running_loop()
    for _ in range(int(times)):
        async with own.hold(name, 1, within=20):
            began = time.monotonic()
            await asyncio.sleep(float(seconds))
            say("was", began, time.monotonic())
    say("ready")
    try:
        async with own.hold(name, 1, within=20):
            say("holds")
            await loop.run_in_executor(None, sys.stdin.readline)
        say("left")
    except Upstream as error:
        say("lost", error.details)
    await own.close()

asyncio.run(main())
"""


@dataclass
class Holder:
    """A process that holds a place, or did."""

    process: asyncio.subprocess.Process

    async def says(self, word: str) -> list[str]:
        """The next line, which starts with this word; what else is in it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await self.process.stdout.readline()).decode().split(maxsplit=1)
        assert line[:1] == [word], line
        return line[1].split() if line[1:] else []

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)


@asynccontextmanager
async def holder(
    dsn: str, name: str, *, silence: float = 15, times: int = 0, seconds: float = 0
) -> AsyncIterator[Holder]:
    """One that starts at once; gone when the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLDER,
        dsn,
        name,
        str(silence),
        str(times),
        str(seconds),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Holder(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
