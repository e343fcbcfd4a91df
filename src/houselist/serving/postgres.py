"""Keeps the embedded PostgreSQL running for as long as somebody needs it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.postgres.embedded import EmbeddedError
from houselist.serving.warning import warn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.postgres.embedded import Server

POLL_SECONDS = 0.5
RETRY_SECONDS = 5.0


@asynccontextmanager
async def kept_running(server: Server | None) -> AsyncGenerator[None]:
    """Restarts the embedded server whenever it dies. None: the server is not ours."""
    if server is None:
        yield
        return
    keeping = asyncio.create_task(_keep(server))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def _keep(server: Server) -> None:
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            if await asyncio.to_thread(server.ensure_running):
                warn("PostgreSQL had died and was restarted")
        except EmbeddedError as error:
            warn("PostgreSQL died and can't be restarted", reason=str(error))
            await asyncio.sleep(RETRY_SECONDS)
