"""How many uploads a process takes in at a time, and how many of them for one key."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.errors import RateLimited

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

# Each takes a core while it is read, and memory.
MAX_PER_PROCESS = 16
MAX_PER_KEY = 4
# Seconds after which trying again makes sense; nobody knows how long others take.
_RETRY_AFTER = 5


class UploadSlots:
    """The places of one process. Without one it is 429 and not 409: waiting is all that helps."""

    def __init__(self, per_key: int = MAX_PER_KEY, per_process: int = MAX_PER_PROCESS) -> None:
        self._per_key = per_key
        self._per_process = per_process
        self._taken: Counter[bytes] = Counter()

    @asynccontextmanager
    async def take(self, key_id: bytes) -> AsyncGenerator[None]:
        """A place for as long as the block runs. Raises RateLimited."""
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
            whose = f"{self._per_key} of this key, as many as one may have at a time"
        elif self._taken.total() >= self._per_process:
            whose = f"{self._per_process} on this server, as many as it takes at a time"
        else:
            return
        raise RateLimited(
            "Too many uploads are on their way.",
            details=f"There are {whose}; send the file again when one of them is done.",
            headers={"retry-after": str(_RETRY_AFTER)},
        )
