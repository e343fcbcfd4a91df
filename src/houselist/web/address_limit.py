"""The limit of refused requests: how many an address may send without a valid key.

They are counted in this process, in bounded memory. Requests with a valid key are never counted,
refused or slowed because of others from the same address.
"""

from __future__ import annotations

import asyncio
import math
import time
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from houselist.errors import RateLimited
from houselist.web.rates import read_rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from houselist.web.asgi import Scope

    Address = IPv4Address | IPv6Address
    Networks = Sequence[IPv4Network | IPv6Network]

# Beyond this number, the address whose last request is oldest is forgotten.
_MAX_ADDRESSES = 20_000
# How much of X-Forwarded-For is read: proxies that a request came through, and characters.
_MAX_HOPS = 20
_MAX_HOPS_LENGTH = 2_000
# How many unknown keys are looked up at a time, for all addresses beyond their limit together.
_LOOK_UPS = 2
# Bytes of an IPv6 address that name its /64 network; who rents one address has all of the network.
_IPV6_PREFIX = 8


class AddressLimit:
    """`rule`: like `300/minute`; None: no limit. `trusted`: proxies whose headers are believed.

    For each address one number is kept, the time at which its whole quota is available again (the
    generic cell rate algorithm): the quota at once, then one request an interval.
    """

    def __init__(self, rule: str | None, trusted: Networks = ()) -> None:
        self._window, self._interval = 0.0, 0.0
        if rule:
            rate = read_rate(rule)
            self._window = float(rate.window)
            self._interval = self._window / rate.amount
        self._trusted = trusted
        self._full_at: dict[bytes, float] = {}
        self._refused_at = -math.inf
        self.look_ups = asyncio.Semaphore(_LOOK_UPS)

    def count_refused(self, scope: Scope) -> None:
        """Counts a refused request. Raises RateLimited if the address has none left."""
        if not self._interval:
            return
        address, now = self._address(scope), time.monotonic()
        # Removed and added again, so that the dictionary is in the order of the last request.
        full_at = max(self._full_at.pop(address, now), now)
        wait = self._wait(full_at, now)
        self._full_at[address] = full_at if wait > 0 else full_at + self._interval
        if len(self._full_at) > _MAX_ADDRESSES:
            del self._full_at[next(iter(self._full_at))]
        if wait > 0:
            self._refused_at = now
            raise RateLimited(
                "Too many requests without a valid key came from your address.",
                details="Use a valid API key, or wait as long as Retry-After says.",
                headers={"retry-after": str(max(1, math.ceil(wait)))},
            )

    def left(self, scope: Scope) -> int | None:
        """How many the address may send now; None where there is no limit."""
        if not self._interval:
            return None
        now = time.monotonic()
        full_at = max(self._full_at.get(self._address(scope), now), now)
        return max(0, int((self._window - (full_at - now)) / self._interval))

    def is_over(self, scope: Scope) -> bool:
        """Whether the address has none left. Costs next to nothing while no address is limited."""
        now = time.monotonic()
        if now - self._refused_at > self._window:
            return False
        full_at = self._full_at.get(self._address(scope))
        return full_at is not None and self._wait(full_at, now) > 0

    def _wait(self, full_at: float, now: float) -> float:
        return full_at - now - (self._window - self._interval)

    def _address(self, scope: Scope) -> bytes:
        client = scope["client"]
        peer = _read(client[0]) if client else None
        if peer is None:
            return b""
        if self._is_trusted(peer):
            peer = self._behind(peer, scope["headers"])
        return peer.packed if isinstance(peer, IPv4Address) else peer.packed[:_IPV6_PREFIX]

    def _behind(self, peer: Address, headers: Iterable[tuple[bytes, bytes]]) -> Address:
        """The client that trusted proxies name: the last X-Forwarded-For address not theirs."""
        found = [value for name, value in headers if name == b"x-forwarded-for"]
        hops = b",".join(found)[-_MAX_HOPS_LENGTH:].decode("latin-1").split(",")[-_MAX_HOPS:]
        for hop in reversed(hops):
            address = _read(_without_port(hop.strip()))
            if address is None:  # what comes before it can't be trusted either
                return peer
            peer = address
            if not self._is_trusted(address):
                return peer
        return peer

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _without_port(hop: str) -> str:
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
