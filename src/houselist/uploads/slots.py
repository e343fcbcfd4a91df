"""How many uploads a process receives at a time, and how many of them for one key."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# Each upload takes memory, and a core while it is read.
MAX_PER_PROCESS = 16
MAX_PER_KEY = 4
# Seconds after which trying again makes sense; how long the others take is unknown.
_RETRY_AFTER = 5


class UploadSlots:
    """The slots of one process. Without a free one it is 429, not 409: only waiting helps."""

    def __init__(self, per_key: int = MAX_PER_KEY, per_process: int = MAX_PER_PROCESS) -> None:
        self._per_key = per_key
        self._per_process = per_process
        self._taken: Counter[bytes] = Counter()

    @asynccontextmanager
    async def take(self, key_id: bytes) -> AsyncGenerator[None]:
        """Holds a slot while the block runs. Raises RateLimited."""
        self._check(key_id)
        self._taken[key_id] += 1
        try:
            yield
        finally:
            self._taken[key_id] -= 1
            if not self._taken[key_id]:
                del self._taken[key_id]

    def _check(self, key_id: bytes) -> None:
        if self._taken[key_id] >= self._per_key:
            busy = f"This key already has {self._per_key} uploads in progress"
        elif self._taken.total() >= self._per_process:
            busy = f"This server already has {self._per_process} uploads in progress"
        else:
            return
        raise RateLimited(
            "Too many uploads are in progress.",
            details=f"{busy}, as many as it may; send the file again when one of them is done.",
            headers={"retry-after": str(_RETRY_AFTER)},
        )
