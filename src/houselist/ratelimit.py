"""The rate limit of a key: a sliding window, and the headers that tell how much of it is left."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from limits import parse
from limits.storage import MemoryStorage


class Verdict(NamedTuple):
    """Whether a request may pass, and what every answer says about the window."""

    allowed: bool
    headers: list[tuple[bytes, bytes]]
    retry_after: int


class RateLimit:
    """Counts the requests of a key in this process. `rule`: like `600/minute`; None: no limit."""

    def __init__(self, rule: str | None) -> None:
        self._storage: MemoryStorage | None = None
        if rule:
            item = parse(rule)
            self._storage = MemoryStorage()
            self._amount, self._window = item.amount, item.get_expiry()
            # draft-ietf-httpapi-ratelimit-headers: a policy is a name, a quota, and a window in
            # seconds.
            policy = f'"default";q={self._amount};w={self._window}'
            self._policy = (b"ratelimit-policy", policy.encode())

    def hit(self, key: str) -> Verdict:
        """Counts one request."""
        if self._storage is None:
            return Verdict(allowed=True, headers=[], retry_after=0)
        allowed = self._storage.acquire_entry(key, self._amount, self._window)
        oldest, used = self._storage.get_moving_window(key, self._amount, self._window)
        seconds = max(1, math.ceil(oldest + self._window - time.time()))
        state = b'"default";r=%d;t=%d' % (self._amount - used, seconds)
        return Verdict(allowed, [self._policy, (b"ratelimit", state)], seconds)
