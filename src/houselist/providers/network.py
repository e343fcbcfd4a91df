"""The network as providers are reached over it: each name judged by the address it stands for.

Which addresses are allowed is in addresses.py, the calls themselves are in wire.py.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import httpcore
import httpx

from houselist.providers.addresses import Address, may_connect

if TYPE_CHECKING:
    from houselist.providers.addresses import UrlPolicy

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]

_MOST_ADDRESSES: Final = 4
_CONNECT_SECONDS: Final = 5.0


class Forbidden(httpcore.ConnectError):
    """No provider may be at the address that is asked for."""


async def look_up(host: str, port: int) -> list[Address]:
    """What a name stands for, off the event loop. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(where[0]) for *_, where in found]


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves names itself, and connects to the very address that it has judged.

    So a name can't be one address when it is judged and another when it is connected to. TLS and
    the Host header keep the name.
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
        addresses = await self._judged(host, port, end)
        failure: Exception | None = None
        for index, address in enumerate(addresses):
            # Each gets its share, so that one that swallows packets leaves time for the others.
            share = max(0.1, (end - loop.time()) / (len(addresses) - index))
            try:
                return await self._network.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("The name stands for no address.")

    async def _judged(self, host: str, port: int, end: float) -> list[Address]:
        try:
            async with asyncio.timeout_at(end):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("The name was not resolved in time.") from None
        except (OSError, UnicodeError, ValueError):
            raise httpcore.ConnectError("The name can't be resolved.") from None
        allowed = [each for each in dict.fromkeys(found) if may_connect(each, self._policy)]
        if found and not allowed:
            raise Forbidden(
                "The provider's address is not one that HOUSELIST_PROVIDER_URL_POLICY="
                f"{self._policy} allows."
            )
        return allowed[:_MOST_ADDRESSES]

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece

    async def aclose(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


class Transport(httpx.AsyncBaseTransport):
    """httpx on a pool of httpcore's, whose own transport can't be given a network."""

    def __init__(self, policy: UrlPolicy, pool: httpcore.AsyncConnectionPool) -> None:
        self._schemes = {b"https"} if policy == "public" else {b"https", b"http"}
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.raw_scheme not in self._schemes:
            raise Forbidden("The provider's address must start with https.")
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=cast("AsyncIterable[bytes]", request.stream),
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(cast("AsyncIterable[bytes]", answer.stream)),
            extensions=cast("dict[str, Any]", answer.extensions),
        )

    async def aclose(self) -> None:
        await self._pool.aclose()
