"""Job workers as processes of their own, to be killed or stopped."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator
    from pathlib import Path

WORKER = """
import asyncio
from houselist import config, logs
from houselist.worker import session as worker
settings = config.load()
logs.configure(settings.log_level)
asyncio.run(worker.work(settings, settings.database_url, asyncio.Event()))
"""


class Worker:
    """A worker process. What it says goes to a file, so that no pipe can block it."""

    def __init__(
        self, dsn: str, log: Path, *, batch: int, takeover: float, code: str, variables: Any
    ) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={
                    **os.environ,
                    "HOUSELIST_DATABASE_URL": dsn,
                    "HOUSELIST_JOB_BATCH": str(batch),
                    "HOUSELIST_JOB_TAKEOVER": str(takeover),
                    **{f"HOUSELIST_{name}": value for name, value in variables.items()},
                },
            )

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def words(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def workers(
    dsn: str, folder: Path, *, batch: int, takeover: float, code: str = WORKER, **variables: str
) -> Iterator[Callable[[], Worker]]:
    """A way to start worker processes, none of which outlives the block.

    `variables`: more settings, without their HOUSELIST_.
    """
    started: list[Worker] = []

    def start() -> Worker:
        log = folder / f"worker-{len(started)}.log"
        started.append(
            Worker(dsn, log, batch=batch, takeover=takeover, code=code, variables=variables)
        )
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            worker.kill()
