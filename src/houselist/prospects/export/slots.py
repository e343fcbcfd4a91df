"""How many exports a process has under way, how many of them for one key, and what ends one."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from houselist.errors import RateLimited
from houselist.web.authentication import token_of
from houselist.web.stream_slot import StreamSlot

if TYPE_CHECKING:
    from collections.abc import Generator

    from houselist.web.authentication import KeyRing
    from houselist.web.request import Request

# Each holds a connection to PostgreSQL, of ten; other requests need the rest.
MAX_PER_PROCESS = 4
MAX_PER_KEY = 2
# Seconds after which trying again makes sense; how long the others take is unknown.
_RETRY_AFTER = 5
# Seconds between two looks at whether a key still holds. Keys are cached in the process.
_KEY_CHECK = 0.2


class ExportSlot(StreamSlot):
    """The right of one export to be there."""

    def __init__(self, keys: KeyRing, token: str) -> None:
        super().__init__()
        self._keys = keys
        self._token = token
        self._checked = time.monotonic()

    async def check_key(self) -> None:
        """Raises Unauthorized once the key is revoked or expired."""
        if time.monotonic() - self._checked > _KEY_CHECK:
            await self._keys.find(self._token)
            self._checked = time.monotonic()


class Exports:
    """The exports of one process, by the token of their key."""

    def __init__(
        self, keys: KeyRing, *, per_key: int = MAX_PER_KEY, per_process: int = MAX_PER_PROCESS
    ) -> None:
        self._keys = keys
        self._per_key = per_key
        self._per_process = per_process
        self._slots: dict[str, set[ExportSlot]] = {}
        self._closed = False

    @contextmanager
    def slot(self, request: Request) -> Generator[ExportSlot]:
        """A slot for as long as the block runs. Raises RateLimited."""
        token = token_of(request)
        self._check_free(token)
        slot = ExportSlot(self._keys, token)
        if self._closed:
            slot.end()
        mine = self._slots.setdefault(token, set())
        mine.add(slot)
        try:
            yield slot
        finally:
            mine.discard(slot)
            if not mine:
                self._slots.pop(token, None)

    def close(self) -> None:
        """Ends every export because the process stops; its client sees that the file broke off."""
        self._closed = True
        for slots in self._slots.values():
            for slot in slots:
                slot.end()

    def _check_free(self, token: str) -> None:
        if len(self._slots.get(token, ())) >= self._per_key:
            busy = f"This key already has {self._per_key} exports under way"
        elif sum(map(len, self._slots.values())) >= self._per_process:
            busy = f"This server already has {self._per_process} exports under way"
        else:
            return
        raise RateLimited(
            "Too many exports are under way.",
            details=f"{busy}, as many as it may; ask again when one of them is done.",
            headers={"retry-after": str(_RETRY_AFTER)},
        )
