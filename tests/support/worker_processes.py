"""Job workers as processes of their own, to be killed or stopped.

They are forked from a process that has loaded the service already: tests that kill twenty of them
need not import it twenty times.
"""

from __future__ import annotations

import multiprocessing
import os
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
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["houselist.logs", "houselist.worker.session"])


def _run(code: str, log: str, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    exec(code, {"__name__": "__main__"})


class Worker:
    """A worker process. What it says goes to a file, so that no pipe can block it."""

    def __init__(
        self, dsn: str, log: Path, *, batch: int, takeover: float, code: str, variables: Any
    ) -> None:
        self._log = log
        log.touch()
        environment = {
            **os.environ,
            "HOUSELIST_DATABASE_URL": dsn,
            "HOUSELIST_JOB_BATCH": str(batch),
            "HOUSELIST_JOB_TAKEOVER": str(takeover),
            **{f"HOUSELIST_{name}": value for name, value in variables.items()},
        }
        self._process = _FORKING.Process(
            target=_run, args=(code, str(log), environment), daemon=True
        )
        self._process.start()

    @property
    def lives(self) -> bool:
        return self._process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        pid = self._process.pid
        assert pid, "it was not started"
        os.kill(pid, number)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

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
