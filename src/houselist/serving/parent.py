"""Stopping when the parent has died, so that a supervisor killed with -9 leaves nothing behind."""

from __future__ import annotations

import os
import signal
import threading
import time

POLL_SECONDS = 0.25


def follow(parent: int, *, grace: float) -> None:
    """Stops this process, as SIGTERM would, once `parent` is gone; by force `grace` seconds later.

    Polling works on every system, and also if the parent died before the first look.
    """
    threading.Thread(target=_watch, args=(parent, grace), daemon=True, name="parent").start()


def _watch(parent: int, grace: float) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os._exit(1)
