"""HTTP to providers: a client that connects only where a provider may be, and one bounded call.

It is httpcore without httpx: httpx's own transport takes no network backend, and none of what httpx
adds (cookies, proxies, redirects, unpacking) is wanted. What a response means is read in each
provider's own files; here it is status, headers and bytes.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
import httpcore
import msgspec

from houselist.providers.base import Broken
from houselist.providers.network import ForbiddenAddress, GuardedNetwork, look_up

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from houselist.providers.addresses import UrlPolicy
    from houselist.providers.network import Resolve

MAX_BYTES: Final = 16 * 1024 * 1024
# What a header may hold. h11 would repeat a key in its error for anything else.
HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]{1,4096}")
# A server that trickles never exceeds the read timeout.
MAX_CALL_SECONDS: Final = 120.0
_MAX_REDIRECTS: Final = 2
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
# An account takes one call at a time, so this is how many accounts can be busy at a time.
MAX_CONNECTIONS: Final = 500
_MAX_IDLE: Final = 100
_KEEP_SECONDS: Final = 20.0
_HEADERS: Final = {
    "user-agent": "houselist",
    "accept": "application/json",
    # A compressed response could unpack to any size.
    "accept-encoding": "identity",
}


class Timeouts(NamedTuple):
    """In seconds; each is the wait for one step, not for the whole call."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 10.0
    pool: float = 10.0


class ProviderResponse(NamedTuple):
    """A whole response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Client:
    """Pooled connections to the providers of all accounts of a process, and how they are used."""

    pool: httpcore.AsyncConnectionPool
    schemes: frozenset[str]
    timeouts: Timeouts


@asynccontextmanager
async def make_client(
    policy: UrlPolicy,
    *,
    timeouts: Timeouts = Timeouts(),
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
    max_connections: int = MAX_CONNECTIONS,
) -> AsyncGenerator[Client]:
    """A client for as long as the block lasts.

    Tests give a `resolve` of their own, and a `tls` that knows their certificate.
    """
    async with httpcore.AsyncConnectionPool(
        ssl_context=tls or ssl.create_default_context(cafile=certifi.where()),
        max_connections=max_connections,
        max_keepalive_connections=_MAX_IDLE,
        keepalive_expiry=_KEEP_SECONDS,
        network_backend=GuardedNetwork(policy, resolve or look_up),
    ) as pool:
        schemes = frozenset({"https"} if policy == "public" else {"https", "http"})
        yield Client(pool, schemes, timeouts)


async def call(
    client: Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    within: float = MAX_CALL_SECONDS,
) -> ProviderResponse:
    """One call, read whole. Raises Broken, whose words hold nothing of what was sent."""
    try:
        async with asyncio.timeout(within):
            return await _follow(client, method, url, headers, content)
    except ForbiddenAddress as error:
        raise Broken(str(error), again=False, unspent=True) from None
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        # The error holds no secrets, but the request that it refers to does.
        raise _unreachable(error) from None
    except httpcore.PoolTimeout:
        raise Broken("Too many calls are under way.", again=True, unspent=True) from None
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol, ValueError):
        raise Broken("The call can't be made.", again=False, unspent=True) from None
    except (TimeoutError, httpcore.TimeoutException):
        words = "The provider did not respond in time."
        raise Broken(words, again=True, undelivered=True) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        words = "The provider broke off its response."
        raise Broken(words, again=True, undelivered=True) from None


async def call_json(
    client: Client, method: str, url: str, *, key: str, body: object = None
) -> ProviderResponse:
    """One call with a key in `x-api-key`, and a body as JSON if there is one. Raises Broken."""
    headers = {"x-api-key": key}
    content = None
    if body is not None:
        headers["content-type"] = "application/json"
        content = msgspec.json.encode(body)
    return await call(client, method, url, headers=headers, content=content)


async def _follow(
    client: Client,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes | None,
) -> ProviderResponse:
    """The call, with redirects followed within the same origin only: some paths add a slash."""
    for _ in range(_MAX_REDIRECTS + 1):
        response = await _once(client, method, url, headers, content)
        if response.status not in _REDIRECTS:
            return response
        target = _target(url, response.headers.get("location", ""))
        if target is None:
            raise Broken(
                "The provider redirects to another address; correct the base URL.",
                again=False,
                unspent=True,
            )
        url = target
    raise Broken(
        "The provider's address redirects in a circle; check the base URL.",
        again=False,
        unspent=True,
    )


async def _once(
    client: Client, method: str, url: str, headers: Mapping[str, str], content: bytes | None
) -> ProviderResponse:
    parts = urlsplit(url)
    if parts.scheme not in client.schemes:
        raise ForbiddenAddress("The provider's address must start with https.")
    async with client.pool.stream(
        method,
        url,
        # httpcore's own would leave out the brackets of an IPv6 address.
        headers={"host": parts.netloc, **_HEADERS, **headers},
        content=content,
        extensions={"timeout": client.timeouts._asdict()},
    ) as response:
        found = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        if found.get("content-encoding", "identity").lower() != "identity":
            words = "The provider sent a packed (compressed) response, which it must not."
            raise Broken(words, again=False, undelivered=True)
        body = bytearray()
        async for piece in response.aiter_stream():
            body += piece
            if len(body) > MAX_BYTES:
                words = "The provider's response is too large."
                raise Broken(words, again=False, undelivered=True)
        return ProviderResponse(response.status, found, bytes(body))


def _target(url: str, location: str) -> str | None:
    """Where a redirect leads, unless that is another origin or no address."""
    try:
        target = urljoin(url, location)
        here, there = urlsplit(url), urlsplit(target)
        is_same = "@" not in there.netloc and _origin(there) == _origin(here)
    except ValueError:
        return None
    return target if is_same else None


def _origin(url: SplitResult) -> tuple[str, str | None, int]:
    return url.scheme, url.hostname, url.port or (443 if url.scheme == "https" else 80)


def _unreachable(error: Exception) -> Broken:
    # httpcore keeps the underlying error as its own error's only argument.
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in error.args):
        words = "The provider's certificate is not valid for its address."
        return Broken(words, again=False, unspent=True)
    return Broken("The provider can't be reached.", again=True, unspent=True)
