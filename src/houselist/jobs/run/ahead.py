"""A batch that is read, and decided, while the one before it is stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from houselist.jobs.run.decisions import Batch

Decided = TypeVar("Decided")


class Ahead(Generic[Decided]):
    """The next batch. Whoever makes one drops it, or takes its result."""

    def __init__(
        self,
        read: Coroutine[Any, Any, Batch],
        decide: Callable[[Batch, Decided], Awaitable[Decided | None]],
    ) -> None:
        """`decide` is given what was decided of the batch before; None where it has to wait."""
        self._decide_after = decide
        self._before: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(read)
        self._deciding = asyncio.create_task(self._decide())

    def go_on_after(self, before: Decided) -> None:
        """The batch before is decided, and is about to be stored."""
        self._before.set_result(before)

    async def _decide(self) -> Decided | None:
        batch = await self._reading
        return await self._decide_after(batch, await self._before)

    async def result(self) -> tuple[Batch, Decided | None]:
        """The batch, and what was decided of it ahead, if anything. Raises what reading raised."""
        batch = await self._reading
        if self._before.done():
            return batch, await self._deciding
        await self.drop()
        return batch, None

    async def drop(self) -> None:
        self._deciding.cancel()
        self._reading.cancel()
        await asyncio.gather(self._reading, self._deciding, return_exceptions=True)
