"""The deadline of a request: asyncio.timeout() without what a request does not need of it."""

from __future__ import annotations

import asyncio


class Deadline:
    """Cancels the task that made it, `seconds` later. close() must follow, whatever happens."""

    __slots__ = ("_before", "_passed", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline needs a task that it can end")
        self._task = task
        self._before = task.cancelling()
        self._passed = False
        self._timer: asyncio.TimerHandle | None = loop.call_later(seconds, self._pass)

    def when(self) -> float | None:
        """The moment by the loop's clock; None when there is none any more."""
        return self._timer and self._timer.when()

    def stop(self) -> None:
        """From now on there is no deadline."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def ended_it(self) -> bool:
        """Whether a CancelledError is its doing, and nobody else wants the task to end."""
        passed, self._passed = self._passed, False
        return passed and self._task.uncancel() <= self._before

    def close(self) -> None:
        self.stop()
        self.ended_it()

    def _pass(self) -> None:
        self._timer = None
        self._passed = True
        self._task.cancel()
