"""The right of one stream to be there, and what takes it away: a stop, a client that goes away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.web.asgi import Receive


class StreamSlot:
    """One open stream's right to be there. It can be ended from elsewhere."""

    def __init__(self) -> None:
        self._ended = False
        self._timer: asyncio.Timeout | None = None

    def end(self) -> None:
        """Ends the block of until_ended(), whatever it waits for."""
        if not self._ended and self._timer is not None:
            self._timer.reschedule(asyncio.get_running_loop().time())
        self._ended = True

    @asynccontextmanager
    async def until_ended(self) -> AsyncGenerator[None]:
        """Runs the block to its end, or until end() is called."""
        try:
            async with asyncio.timeout(0 if self._ended else None) as self._timer:
                yield
        except TimeoutError:
            if not self._ended:
                raise
        finally:
            self._timer = None


async def end_when_gone(receive: Receive, slot: StreamSlot) -> None:
    """Ends the stream when its client goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    slot.end()
