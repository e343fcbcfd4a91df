"""The rate limit of a key: a sliding window, and the headers that tell how much of it is left."""

from __future__ import annotations

import math
import time
from typing import NamedTuple

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Verdict(NamedTuple):
    """Whether a request may pass, and what every answer says about the window."""

    allowed: bool
    headers: list[tuple[bytes, bytes]]
    retry_after: int


class RateLimit:
    """Counts the requests of every key in this process. `rule` is like `600/minute`, None for no limit."""

    def __init__(self, rule: str | None) -> None:
        self._item: RateLimitItem | None = parse(rule) if rule else None
        self._window = MovingWindowRateLimiter(MemoryStorage()) if rule else None
        if self._item:
            # draft-ietf-httpapi-ratelimit-headers: a policy has a name, a quota and a window in seconds.
            policy = f'"default";q={self._item.amount};w={self._item.get_expiry()}'
            self._policy = (b"ratelimit-policy", policy.encode())

    def hit(self, key: str) -> Verdict:
        """Counts one request."""
        if self._item is None or self._window is None:
            return Verdict(allowed=True, headers=[], retry_after=0)
        allowed = self._window.hit(self._item, key)
        reset_at, remaining = self._window.get_window_stats(self._item, key)
        seconds = max(1, math.ceil(reset_at - time.time()))
        state = b'"default";r=%d;t=%d' % (remaining, seconds)
        return Verdict(allowed, [self._policy, (b"ratelimit", state)], seconds)
