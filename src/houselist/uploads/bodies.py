"""A request's body as a file comes in: counted, hashed, bounded, never hanging."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from houselist.errors import Invalid, PayloadTooLarge, Problem
from houselist.web.bodies import stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive

LIMIT = 2 << 30


class Body:
    """The pieces of a body, taken from the server only as fast as they are asked for."""

    def __init__(self, receive: Receive, patience: float) -> None:
        self._receive = receive
        self._patience = patience
        self.sha256 = hashlib.sha256()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises Invalid when the body is cut off or nothing comes for `patience` seconds.

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
            async with asyncio.timeout(self._patience):
                return await anext(coming, b"")
        except TimeoutError as error:
            words = f"stopped arriving for {self._patience:g} seconds; send it again"
            raise Invalid(Problem("body", words)) from error


def too_large() -> PayloadTooLarge:
    return PayloadTooLarge(details="An upload may have 2 GiB at most; split the file.")
