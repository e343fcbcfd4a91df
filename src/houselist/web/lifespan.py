"""How the server starts and stops the application."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from houselist.web.asgi import Receive, Send


# https://asgi.readthedocs.io/en/stable/specs/lifespan.html
async def live(life: AbstractAsyncContextManager[None], receive: Receive, send: Send) -> None:
    """Enters `life` when the server starts, leaves it when it stops, and tells it of failures."""
    started = False
    await receive()
    try:
        async with life:
            await send({"type": "lifespan.startup.complete"})
            started = True
            await receive()
    except BaseException:
        stage = "shutdown" if started else "startup"
        await send({"type": f"lifespan.{stage}.failed", "message": traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})
