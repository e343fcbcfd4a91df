"""The body of an upload request: hashed, limited in size, and never waited for too long."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from houselist.errors import Invalid, PayloadTooLarge, Problem
from houselist.web.bodies import stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.web.asgi import Receive

LIMIT = 2 << 30


class Body:
    """The pieces of a body, read from the server only as fast as they are consumed."""

    def __init__(self, receive: Receive, stall_timeout: float) -> None:
        self._receive = receive
        self._stall_timeout = stall_timeout
        self.sha256 = hashlib.sha256()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises Invalid if the body breaks off or nothing arrives for `stall_timeout` seconds.

        Raises PayloadTooLarge above 2 GiB.
        """
        size = 0
        coming = stream(self._receive)
        while piece := await self._next(coming):
            self.sha256.update(piece)
            size += len(piece)
            if size > LIMIT:
                raise too_large()
            yield piece

    async def _next(self, coming: AsyncIterator[bytes]) -> bytes:
        try:
            async with asyncio.timeout(self._stall_timeout):
                return await anext(coming, b"")
        except TimeoutError as error:
            words = f"stopped arriving for {self._stall_timeout:g} seconds; send it again"
            raise Invalid(Problem("body", words)) from error


def too_large() -> PayloadTooLarge:
    return PayloadTooLarge(details="An upload may have up to 2 GiB; split the file.")
