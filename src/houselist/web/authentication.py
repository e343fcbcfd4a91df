"""From a key or a browser's session to a key that may do this: 401, 429, 403, in this order."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from houselist.errors import Forbidden, RateLimited, Unauthorized, Upstream, forget_frames
from houselist.ids import parse_id
from houselist.keys import sessions_store, store, tokens
from houselist.logs import log
from houselist.postgres import db
from houselist.web.rate_limit import RateLimit
from houselist.web.session import session_token

if TYPE_CHECKING:
    from houselist.keys.shapes import Key
    from houselist.permissions import Permission
    from houselist.web.address_limit import AddressLimit
    from houselist.web.request import Request
    from houselist.web.shared_rate_limit import SharedRateLimit

# Seconds. NOTIFY drops a changed key at once; this bounds what a lost message could do.
_TRUST = 30.0
# A connection that hangs drops nothing, so keys are looked up again once it was silent this long.
# With the time of a look-up that is less than the second in which a revoked key must stop working.
_CONNECTION_TRUST = 0.75
_MINUTE = 60.0
_KEY = tokens.PREFIX.encode()
# More keys than any installation uses at a time; beyond that the cache starts again.
_MAX_KEYS = 10_000


class KeyRing:
    """The keys this process has seen lately. Holds digests, never the keys themselves."""

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._known: dict[bytes, tuple[Key, float]] = {}
        self._used: dict[bytes, float] = {}
        self._touches: set[asyncio.Task[None]] = set()
        self._notices: asyncio.Queue[str] = asyncio.Queue()
        self._listening = False
        self._last_heard = float("-inf")
        self._messages = 0

    def find_known(self, token: str) -> Key | None:
        """The key behind `token`, if it is cached. Raises Unauthorized where it is not valid."""
        now = time.time()
        known = self._known.get(tokens.digest(token))
        if known is None or known[1] <= now or not self._is_current():
            return None
        return self._checked(known[0], now)

    async def find(self, token: str) -> Key:
        """The key behind `token`. Raises Unauthorized, or Upstream when it can't be looked up."""
        known = self.find_known(token)
        if known is not None:
            return known
        if not tokens.is_well_formed(token):
            raise Unauthorized
        now = time.time()
        return self._checked(await self._look_up(token, now), now)

    def _checked(self, key: Key, now: float) -> Key:
        """Raises Unauthorized where the key is not valid any more, and notes its use."""
        if key.revoked_at or (key.expires_at and key.expires_at.timestamp() <= now):
            raise Unauthorized
        # By the minute of the clock, not a minute after the last note: that would lag behind.
        if now // _MINUTE != self._used.get(key.id, 0.0) // _MINUTE:
            self._note_use(key.id, now)
        return key

    def _is_current(self) -> bool:
        """Whether a key that was revoked 0.75 seconds ago would have been dropped by now."""
        return time.monotonic() - self._last_heard < _CONNECTION_TRUST

    async def _look_up(self, token: str, now: float) -> Key:
        messages, digest = self._messages, tokens.digest(token)
        find = sessions_store.find if token.startswith(tokens.SESSION) else store.find
        async with db.acquire(self._pool, db.DATABASE_TIMEOUT) as connection:
            key = await find(connection, digest)
        if key is None:
            raise Unauthorized
        # Nothing is cached while nobody listens, or when a key changed during the look-up.
        if self._listening and messages == self._messages:
            if len(self._known) >= _MAX_KEYS:
                self._known.clear()
            self._known[digest] = (key, now + _TRUST)
        return key

    def _note_use(self, key_id: bytes, now: float) -> None:
        if len(self._used) >= _MAX_KEYS:
            self._used.clear()
        self._used[key_id] = now
        task = asyncio.create_task(self._touch(key_id))
        self._touches.add(task)
        task.add_done_callback(self._touches.discard)

    async def _touch(self, key_id: bytes) -> None:
        try:
            async with db.acquire(self._pool, db.DATABASE_TIMEOUT) as connection:
                await store.touch(connection, key_id)
        except Upstream as error:
            self._used.pop(key_id, None)
            forget_frames(error)

    async def keep_fresh(self, dsn: str) -> None:
        """Drops keys that NOTIFY names, all when the connection breaks. Runs until cancelled."""
        listener = asyncio.create_task(
            db.listen_forever(dsn, store.CHANNEL, self._notices, self._note_last_heard)
        )
        try:
            while True:
                self._take(await self._notices.get())
        finally:
            listener.cancel()

    def _note_last_heard(self, moment: float) -> None:
        while not self._notices.empty():
            self._take(self._notices.get_nowait())
        self._last_heard = moment

    def _take(self, message: str) -> None:
        self._messages += 1
        if message in (db.CONNECTION_LOST, db.LISTENING):
            self._listening = message == db.LISTENING
            self._known.clear()
            return
        try:
            changed = parse_id(message)
        except ValueError:
            log.warning("a message on the keys channel names no key", message=message)
            return
        for digest, (key, _) in list(self._known.items()):
            if key.id == changed:
                del self._known[digest]


class Guard:
    """Admits requests with a valid key, and counts the others."""

    def __init__(
        self, keys: KeyRing, rate_limit: RateLimit | SharedRateLimit, address_limit: AddressLimit
    ) -> None:
        self._keys = keys
        self._rate_limit = rate_limit
        self._address_limit = address_limit

    async def admit(self, request: Request, permission: Permission | None) -> Key:
        """The key of a request, counted and allowed. `permission` None: any key will do.

        Raises Unauthorized, RateLimited or Forbidden, checked in this order.
        """
        try:
            token = token_of(request)
            # Almost always it is known, and then there is nothing to wait for.
            key = self._keys.find_known(token) or await self._look_up(request, token)
        except Unauthorized:
            self._address_limit.count_refused(request.scope)
            raise
        request.key = key
        limit = self._rate_limit
        # In memory it counts without an await, which would cost more than the counting.
        verdict = limit.hit(key.id) if isinstance(limit, RateLimit) else await limit.hit(key.id)
        request.headers += verdict.headers
        if not verdict.allowed:
            raise RateLimited(headers={"retry-after": str(verdict.retry_after)})
        check_permission(key, permission)
        return key

    async def _look_up(self, request: Request, token: str) -> Key:
        keys, limit = self._keys, self._address_limit
        if not limit.is_over(request.scope) or not tokens.is_well_formed(token):
            return await keys.find(token)
        # The key may be valid and new here. A client that tries many must not take all connections.
        async with limit.look_ups:
            return await keys.find(token)


def check_permission(key: Key, permission: Permission | None) -> None:
    """Raises Forbidden where the key lacks `permission`. None: any key will do."""
    if permission is not None and permission not in key.permissions:
        raise Forbidden(details=f"The key needs the permission {permission}.")


def token_of(request: Request) -> str:
    """The request's key, or the token of its session, as text. Raises Unauthorized without one."""
    found = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if not found and (token := session_token(request)):
        return token
    if len(found) != 1:
        raise Unauthorized
    scheme, _, token = found[0].partition(b" ")
    # The token of a session is good in its cookie alone.
    if scheme.lower() != b"bearer" or not token.strip().startswith(_KEY):
        raise Unauthorized
    return token.strip().decode("latin-1")
