"""A fake People Data Labs: a real HTTP server that speaks its shapes and misbehaves on request.

It is the fake Unipile with other answers, so that both fail on their way alike. In a test: `async
with fake_people_data_labs(people=50) as fake:` and `fake.url`, `fake.control`, `fake.stats`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from fakes.people_data_labs.routes import Routes
from fakes.people_data_labs.world import World
from fakes.unipile import server
from fakes.unipile.server import FakeUnipile
from fakes.unipile.world import World as OtherWorld

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from fakes.unipile.faults import Request


class FakePeopleDataLabs(FakeUnipile):
    """The server, at `/v5`."""

    def __init__(self, records: World) -> None:
        super().__init__(OtherWorld(people=0))
        self.records = records
        self.routes = Routes(records, self.control, self.stats)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        kind = self.routes.kind(request.path)
        self.stats.calls[kind] += 1
        self.stats.requests.append(request)
        fault = self.control.take(kind)
        if fault is not None:
            self.stats.faults[fault] += 1
        self.stats.enter("key")
        try:
            if (sent_on := self._sent_on(fault, request)) is not None:
                await server._send(writer, sent_on)
                return True
            return await self._send(self.routes.answer(request, fault), fault, writer)
        finally:
            self.stats.leave("key")

    def credits(self) -> dict[str, int]:
        """What was charged, by kind."""
        return dict(self.stats.served["key"][self.control.today()])


@contextlib.asynccontextmanager
async def fake_people_data_labs(**world: Any) -> AsyncIterator[FakePeopleDataLabs]:
    """A running server; what World has can be given by name."""
    fake = FakePeopleDataLabs(World(**world))
    await fake.start()
    try:
        yield fake
    finally:
        await fake.stop()
