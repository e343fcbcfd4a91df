"""The OpenAPI document as JSON, made once a process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from houselist.openapi import document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.web.operation import Operation


class Document:
    """Made when first asked for, so that no process starts later for it.

    In a thread, because it takes a quarter of a second.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = list(operations)
        self._making = asyncio.Lock()
        self._json = b""

    async def json(self) -> bytes:
        """The whole document."""
        if not self._json:
            async with self._making:
                self._json = self._json or await asyncio.to_thread(self._make)
        return self._json

    def _make(self) -> bytes:
        return msgspec.json.encode(document.build(self._operations))
