"""A request's body as a file that a thread can read: counted, hashed, bounded, never hanging."""

from __future__ import annotations

import asyncio
import hashlib
import io
from typing import TYPE_CHECKING

from houselist.bodies import stream
from houselist.errors import Invalid, PayloadTooLarge, Problem

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from litestar.types import Receive

    from houselist.uploads.receiving import Bridge

LIMIT = 2 << 30


class Body(io.RawIOBase):
    """Pulls the body only as fast as it is read, so a slow disk slows the sender, not the memory.

    Reading raises Invalid when the body is cut off or nothing comes for `patience` seconds, and
    PayloadTooLarge above 2 GiB.
    """

    def __init__(self, receive: Receive, bridge: Bridge, patience: float) -> None:
        self._pieces = stream(receive)
        self._bridge = bridge
        self._patience = patience
        self._left = b""
        self._size = 0
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if not self._left:
            self._left = self._bridge.wait(self._next())
            self.sha256.update(self._left)
            self._size += len(self._left)
            if self._size > LIMIT:
                raise too_large()
        piece = self._left[: len(view)]
        self._left = self._left[len(piece) :]
        view[: len(piece)] = piece
        return len(piece)

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(self._patience):
                return await anext(self._pieces, b"")
        except TimeoutError as error:
            words = f"stopped arriving for {self._patience:g} seconds; send it again"
            raise Invalid(Problem("body", words)) from error


def too_large() -> PayloadTooLarge:
    return PayloadTooLarge(details="An upload may have 2 GiB at most; split the file.")
