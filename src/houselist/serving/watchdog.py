"""Seeing that the embedded PostgreSQL is there, for as long as somebody needs it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.postgres.embedded import EmbeddedError
from houselist.serving.notes import note

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.postgres.embedded import Server

LOOK_SECONDS = 0.5
AFTER_FAILURE_SECONDS = 5.0


@asynccontextmanager
async def kept_running(server: Server | None) -> AsyncGenerator[None]:
    """Starts the embedded server again whenever it dies. None: a server that is not ours."""
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
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if await asyncio.to_thread(server.ensure_running):
                note("PostgreSQL had died; it was started again")
        except EmbeddedError as error:
            note("PostgreSQL died and can't be started again", reason=str(error))
            await asyncio.sleep(AFTER_FAILURE_SECONDS)
