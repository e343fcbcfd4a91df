"""The rate limit of a key: a sliding window, and the headers that say how much of it is left.

The window that processes share is in shared_rate_limit.py.
"""

from __future__ import annotations

import math
import pkgutil
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from houselist.config import STORE_IN_MEMORY
from houselist.web.rates import read_rate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from contextlib import AbstractAsyncContextManager

    from houselist.web.shared_rate_limit import SharedRateLimit

# Beyond this number, keys that sent nothing for a whole window are forgotten.
_MAX_KEYS = 10_000


class Verdict(NamedTuple):
    """Whether a request may pass, and what its response says about the window."""

    allowed: bool
    headers: list[tuple[bytes, bytes]]
    retry_after: int


class RateLimit:
    """Counts the requests of each key in this process. `rule`: like `600/minute`; None: no limit.

    `amount` requests may pass in `window` seconds. docs/decisions/0008-rate-limit-in-memory.md says
    why no library counts them.
    """

    def __init__(self, rule: str | None) -> None:
        self.amount, self.window = read_rate(rule) if rule else (0, 0)
        # draft-ietf-httpapi-ratelimit-headers: a policy is a name, a quota, and a window in
        # seconds.
        policy = f'"default";q={self.amount};w={self.window}'
        self._policy = (b"ratelimit-policy", policy.encode())
        self._passed: dict[bytes, deque[float]] = {}

    def hit(self, key: bytes) -> Verdict:
        """Counts one request, unless it is refused."""
        if not self.amount:
            return Verdict(allowed=True, headers=[], retry_after=0)
        now = time.monotonic()
        passed = self._passed.get(key)
        if passed is None:
            passed = self._new(key, now)
        start = now - self.window
        while passed and passed[0] <= start:
            passed.popleft()
        allowed = len(passed) < self.amount
        if allowed:
            passed.append(now)
        seconds = max(1, math.ceil(passed[0] - start))
        return self.verdict(self.amount - len(passed), seconds, allowed=allowed)

    def verdict(self, left: int, seconds: int, *, allowed: bool) -> Verdict:
        """What the headers say: `left` more may pass now, and the next in `seconds`."""
        state = b'"default";r=%d;t=%d' % (left, seconds)
        return Verdict(allowed, [self._policy, (b"ratelimit", state)], seconds)

    def _new(self, key: bytes, now: float) -> deque[float]:
        if len(self._passed) >= _MAX_KEYS:
            start = now - self.window
            self._passed = {k: p for k, p in self._passed.items() if p and p[-1] > start}
        return self._passed.setdefault(key, deque())


@asynccontextmanager
async def counting(rule: str | None, store: str) -> AsyncGenerator[RateLimit | SharedRateLimit]:
    """The rate limit that the settings ask for, as long as the block lasts."""
    if rule is None or store == STORE_IN_MEMORY:
        yield RateLimit(rule)
        return
    # By name, because the store's client would make every process start later.
    together: Callable[[str, str], AbstractAsyncContextManager[SharedRateLimit]]
    together = pkgutil.resolve_name("houselist.web.shared_rate_limit:counting_together")
    async with together(rule, store) as limit:
        yield limit
