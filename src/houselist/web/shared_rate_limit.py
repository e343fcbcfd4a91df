"""The rate limit of a key when processes share it: its window is in a Valkey or Redis.

Requests wait half a second for the store at most. While it is out of reach, they are counted in
this process.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from houselist.logs import log
from houselist.web.rate_limit import RateLimit, Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

# Seconds for the store to respond, connecting included, before it counts as out of reach.
_STORE_TIMEOUT = 0.5
# Seconds between two checks whether it is back.
_PAUSE = 0.5
_PREFIX = b"houselist:rate:"
# A window that is no key's, for checking whether the store counts again.
_NO_KEY = b""

# A key's requests are a list of times, newest first, no longer than the limit. One command counts
# for any number of keys and tells what is left, by the store's own clock, as those of hosts differ.
_SCRIPT = b"""
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local answers = {}
for i, key in ipairs(KEYS) do
    -- How many of the times are still in the window: between `used` and `most`.
    local used, most = 0, limit
    while used < most do
        local middle = math.floor((used + most) / 2)
        local time = redis.call('LINDEX', key, middle)
        if time and tonumber(time) > now - window then used = middle + 1 else most = middle end
    end
    local allowed = used < limit
    if allowed then
        redis.call('LPUSH', key, now)
        redis.call('LTRIM', key, 0, limit - 1)
        redis.call('EXPIRE', key, window)
        used = used + 1
    end
    local oldest = tonumber(redis.call('LINDEX', key, used - 1))
    answers[i] = {allowed and 1 or 0, limit - used, math.ceil(oldest + window - now)}
end
return answers
"""


class SharedRateLimit:
    """Counts the requests of each key in the store behind `client`. `rule`: like `600/minute`."""

    def __init__(self, rule: str, client: Valkey) -> None:
        self._alone = RateLimit(rule)
        self._prefix = _PREFIX + rule.encode() + b":"
        self._count = client.register_script(_SCRIPT)
        self._waiting: list[tuple[bytes, asyncio.Future[Verdict]]] = []
        self._wake = asyncio.Event()
        self._out_of_reach = False

    async def hit(self, key: bytes) -> Verdict:
        """Counts one request, unless it is refused. Waits for the store, but never long."""
        if self._out_of_reach:
            return self._alone.hit(key)
        answer: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, answer))
        self._wake.set()
        return await answer

    async def run(self) -> None:
        """Sends all waiting requests to the store, one command at a time. Runs until cancelled."""
        self._wake.set()  # a command without keys shows at once if the store can't be used
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, []
            try:
                verdicts = await self._ask([key for key, _ in waiting])
            except Exception as error:  # noqa: BLE001 - whatever it is, requests get a response
                self._out_of_reach = True
                log.warning(
                    "the store of the rate limit is out of reach; counting in this process",
                    reason=repr(error),
                )
                waiting += self._waiting
                self._waiting = []
                verdicts = [self._alone.hit(key) for key, _ in waiting]
            for (_, answer), verdict in zip(waiting, verdicts, strict=True):
                if not answer.done():  # done: the request was cancelled
                    answer.set_result(verdict)
            if self._out_of_reach:
                await self._comes_back()

    async def _ask(self, keys: list[bytes]) -> list[Verdict]:
        names = [self._prefix + key.hex().encode() for key in keys]
        rule = (self._alone.amount, self._alone.window)
        async with asyncio.timeout(_STORE_TIMEOUT):
            answers = cast("Iterable[tuple[int, int, int]]", await self._count(names, rule))
        return [
            self._alone.verdict(left, max(1, seconds), allowed=bool(allowed))
            for _, (allowed, left, seconds) in zip(keys, answers, strict=True)
        ]

    async def _comes_back(self) -> None:
        while self._out_of_reach:
            await asyncio.sleep(_PAUSE)
            with suppress(Exception):
                await self._ask([_NO_KEY])
                self._out_of_reach = False
        log.warning("the store of the rate limit is back")


@asynccontextmanager
async def counting_together(rule: str, store: str) -> AsyncGenerator[SharedRateLimit]:
    """The limit whose windows are in the store, as long as the block lasts."""
    client = _client(store)
    limit = SharedRateLimit(rule, client)
    running = asyncio.create_task(limit.run())
    try:
        yield limit
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        with suppress(ValkeyError, OSError):
            await client.aclose()


def _client(store: str) -> Valkey:
    options: dict[str, Any] = {}
    if urlsplit(store).scheme in ("valkeys", "rediss"):
        # The client's default accepts a certificate for any host.
        options["ssl_check_hostname"] = True
    return Valkey.from_url(
        store,
        max_connections=1,  # there is one command at a time
        socket_timeout=None,  # _STORE_TIMEOUT bounds a command as a whole
        socket_connect_timeout=_STORE_TIMEOUT,
        socket_keepalive=True,
        **options,
    )
