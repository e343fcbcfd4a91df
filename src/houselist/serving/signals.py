"""SIGTERM, SIGINT and SIGHUP in a process that runs until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import uvloop

if TYPE_CHECKING:
    from collections.abc import Coroutine

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

# One Ctrl-C may arrive twice: from the terminal, and from a parent that passes it on.
_ECHO_SECONDS = 0.5


def run_until_stopped(main: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine that uses Stopping. Afterwards ignores signals: only clean-up is left."""
    try:
        uvloop.run(main)
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


@dataclass(slots=True)
class Stopping:
    """`asked`: stop when it suits. `hurried`: a second request came, so stop now."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)
    _first: float = 0.0

    def listen(self) -> None:
        """Handles the signals until the event loop ends."""
        for number in SIGNALS:
            # Under `nohup`, SIGHUP stays ignored.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, self.ask)

    def ask(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self.asked.is_set():
            self._first = now
            self.asked.set()
        elif now - self._first > _ECHO_SECONDS:
            self.hurried.set()
