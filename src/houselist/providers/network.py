"""How httpcore connects to providers: only to addresses that are allowed.

Which these are is in addresses.py, the calls themselves are in wire.py.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import httpcore

from houselist.providers.addresses import Address, may_connect

if TYPE_CHECKING:
    from houselist.providers.addresses import UrlPolicy

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

_MAX_ADDRESSES: Final = 4
_CONNECT_SECONDS: Final = 5.0


class ForbiddenAddress(httpcore.ConnectError):
    """The policy allows no provider at this address."""


async def look_up(host: str, port: int) -> list[Address]:
    """The addresses of a name, looked up off the event loop. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(where[0]) for *_, where in found]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves names itself, and connects to the very address that it has checked.

    So a name can't stand for one address when it is checked and for another when it is connected
    to. TLS and the Host header keep the name.
    """

    def __init__(self, policy: UrlPolicy, resolve: Resolve) -> None:
        self._policy: UrlPolicy = policy
        self._resolve = resolve
        self._network = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        end = loop.time() + (timeout or _CONNECT_SECONDS)
        addresses = await self._checked(host, port, end)
        failure: Exception | None = None
        for index, address in enumerate(addresses):
            # Each gets its share, so that one that drops packets leaves time for the others.
            share = max(0.1, (end - loop.time()) / (len(addresses) - index))
            try:
                return await self._network.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("The name has no address.")

    async def _checked(self, host: str, port: int, end: float) -> list[Address]:
        try:
            async with asyncio.timeout_at(end):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("The name was not resolved in time.") from None
        except (OSError, UnicodeError, ValueError):
            raise httpcore.ConnectError("The name can't be resolved.") from None
        allowed = [each for each in dict.fromkeys(found) if may_connect(each, self._policy)]
        if found and not allowed:
            raise ForbiddenAddress(
                "The provider's address is not one that HOUSELIST_PROVIDER_URL_POLICY="
                f"{self._policy} allows."
            )
        return allowed[:_MAX_ADDRESSES]

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
