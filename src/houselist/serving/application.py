"""The application that each process of the HTTP server loads."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING

import houselist.app
from houselist import config
from houselist.serving.connections import Busy, connection_limit, start_reaper
from houselist.serving.parent import follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

GRACE_SECONDS = 1.0


def application() -> Busy:
    """The application of one process, which ends when the server that started it is gone."""
    server = multiprocessing.parent_process()
    follow(server.pid if server and server.pid else os.getppid(), grace=GRACE_SECONDS)
    busy = Busy(houselist.app.from_environment(_before_stop))
    start_reaper(busy, connection_limit(), config.load().idle_timeout)
    return busy


def _before_stop(act: Callable[[], None]) -> None:
    """Calls `act` when this process is told to stop, while the server waits for its responses.

    The server ends the lifespan only after that: too late for responses that end only when told.
    """
    loop = asyncio.get_running_loop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)

    for number in (signal.SIGTERM, signal.SIGINT):
        # The server's own handler belongs to the event loop and still runs: the loop learns of
        # signals through its wake-up file, not through what is set here.
        signal.signal(number, on_signal)
