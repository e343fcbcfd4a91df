"""The limit of refused tries: how often a client's address may come without a valid key.

Counted in this process, in bounded memory. A valid key is never counted, refused or slowed for what
others do at its address.
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

    from starlette.types import Scope

    Address = IPv4Address | IPv6Address
    Networks = Sequence[IPv4Network | IPv6Network]

# Beyond so many addresses the one that was quiet longest is forgotten.
_MAX_ADDRESSES = 20_000
# Proxies that a request came through, as far as anybody cares to read.
_MAX_HOPS = 20
_MAX_HOPS_LENGTH = 2_000
# Look-ups of unknown keys that addresses beyond their limit have under way, all together.
_LOOK_UPS = 2
# What whoever rents one IPv6 address has.
_IPV6_PREFIX = 8


class AddressLimit:
    """`rule`: like `300/minute`; None: no limit. `trusted`: proxies whose word on addresses counts.

    An address has one number, the time at which all its tries are back (the generic cell rate
    algorithm): as many as the rule says at once, then one whenever one is back.
    """

    def __init__(self, rule: str | None, trusted: Networks = ()) -> None:
        self._window, self._interval = 0.0, 0.0
        if rule:
            rate = read_rate(rule)
            self._window = float(rate.window)
            self._interval = self._window / rate.amount
        self._trusted = trusted
        self._all_back: dict[bytes, float] = {}
        self._refused_at = -math.inf
        self.look_ups = asyncio.Semaphore(_LOOK_UPS)

    def count_refused(self, scope: Scope) -> None:
        """Counts a try that failed. Raises RateLimited where the address has no more."""
        if not self._interval:
            return
        address, now = self._address(scope), time.monotonic()
        # Taken out and put back, the dictionary is in the order of the last try.
        all_back = max(self._all_back.pop(address, now), now)
        wait = self._wait(all_back, now)
        self._all_back[address] = all_back if wait > 0 else all_back + self._interval
        if len(self._all_back) > _MAX_ADDRESSES:
            del self._all_back[next(iter(self._all_back))]
        if wait > 0:
            self._refused_at = now
            raise RateLimited(
                "Too many requests without a valid key came from your address.",
                details="Use a valid API key, or wait as long as Retry-After says.",
                headers={"retry-after": str(max(1, math.ceil(wait)))},
            )

    def is_over(self, scope: Scope) -> bool:
        """Whether the address has no more tries. Costs next to nothing while nobody is refused."""
        now = time.monotonic()
        if now - self._refused_at > self._window:
            return False
        all_back = self._all_back.get(self._address(scope))
        return all_back is not None and self._wait(all_back, now) > 0

    def _wait(self, all_back: float, now: float) -> float:
        return all_back - now - (self._window - self._interval)

    def _address(self, scope: Scope) -> bytes:
        client = scope["client"]
        peer = _read(client[0]) if client else None
        if peer is None:
            return b""
        if self._is_trusted(peer):
            peer = self._behind(peer, scope["headers"])
        return peer.packed if isinstance(peer, IPv4Address) else peer.packed[:_IPV6_PREFIX]

    def _behind(self, peer: Address, headers: Iterable[tuple[bytes, bytes]]) -> Address:
        """Whom trusted proxies name: the last address of X-Forwarded-For that is none of theirs."""
        found = [value for name, value in headers if name == b"x-forwarded-for"]
        hops = b",".join(found)[-_MAX_HOPS_LENGTH:].decode("latin-1").split(",")[-_MAX_HOPS:]
        for hop in reversed(hops):
            address = _read(_without_port(hop.strip()))
            if address is None:  # nobody can tell who was before it
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
