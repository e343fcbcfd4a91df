"""HTTP to providers: a client that connects only where a provider may be, and one bounded call.

What an answer means is read in each provider's own files; here it is status, headers and bytes.
"""

from __future__ import annotations

import asyncio
import http.cookiejar
import ssl
from typing import TYPE_CHECKING, Final, NamedTuple

import httpcore
import httpx

from houselist.providers.base import Broken
from houselist.providers.network import Forbidden, GuardedNetwork, Transport, look_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.addresses import UrlPolicy
    from houselist.providers.network import Resolve

MOST_BYTES: Final = 16 * 1024 * 1024
# A server that trickles keeps within the read timeout for ever.
LONGEST_CALL: Final = 120.0
_MOST_REDIRECTS: Final = 2
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
# An account bears one call at once, so this is how many accounts can be busy at a time.
MOST_CONNECTIONS: Final = 500
_MOST_IDLE: Final = 100
_KEEP_SECONDS: Final = 20.0
_HEADERS: Final = {
    "user-agent": "houselist",
    "accept": "application/json",
    # A packed answer could unpack to any size.
    "accept-encoding": "identity",
}


class Timeouts(NamedTuple):
    """In seconds; each is the wait for one step, not for the whole call."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 10.0
    pool: float = 10.0


class ProviderResponse(NamedTuple):
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def make_client(
    policy: UrlPolicy,
    *,
    timeouts: Timeouts = Timeouts(),
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
    most_connections: int = MOST_CONNECTIONS,
) -> httpx.AsyncClient:
    """A client for all accounts of a process: pooled, without proxies, cookies or redirects.

    Tests give a `resolve` of their own, and a `tls` that knows their certificate.
    """
    pool = httpcore.AsyncConnectionPool(
        ssl_context=tls or httpx.create_ssl_context(trust_env=False),
        max_connections=most_connections,
        max_keepalive_connections=_MOST_IDLE,
        keepalive_expiry=_KEEP_SECONDS,
        network_backend=GuardedNetwork(policy, resolve or look_up),
    )
    return httpx.AsyncClient(
        transport=Transport(policy, pool),
        timeout=httpx.Timeout(**timeouts._asdict()),
        headers=_HEADERS,
        # One client serves all tenants: what a provider sets for one must not go out for another.
        cookies=http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    )


async def call(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    longest: float = LONGEST_CALL,
) -> ProviderResponse:
    """One call, read whole. Raises Broken, whose words hold nothing of what was sent."""
    try:
        async with asyncio.timeout(longest):
            return await _follow(client, method, url, headers, content)
    except Forbidden as error:
        raise Broken(str(error), again=False, unspent=True) from None
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        # The causes hold no secrets, but the request that hangs on them does.
        raise _unreachable(error) from None
    except httpcore.PoolTimeout:
        raise Broken("Too many calls are under way.", again=True, unspent=True) from None
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol, httpx.InvalidURL):
        raise Broken("The call can't be made.", again=False, unspent=True) from None
    except (TimeoutError, httpcore.TimeoutException):
        raise Broken("The provider did not answer in time.", again=True) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
        raise Broken("The provider broke off its answer.", again=True) from None


async def _follow(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    content: bytes | None,
) -> ProviderResponse:
    """The call, sent on within the very same origin only: some paths answer with a slash added."""
    request = client.build_request(method, url, headers=headers, content=content)
    for _ in range(_MOST_REDIRECTS + 1):
        answer = await _once(client, request)
        if answer.status not in _REDIRECTS:
            return answer
        target = request.url.join(answer.headers.get("location", ""))
        if target.userinfo or _origin(target) != _origin(request.url):
            raise Broken(
                "The provider sends on to another address; correct the base URL.",
                again=False,
                unspent=True,
            )
        request = client.build_request(method, target, headers=headers, content=content)
    raise Broken("The provider sends on and on.", again=False, unspent=True)


async def _once(client: httpx.AsyncClient, request: httpx.Request) -> ProviderResponse:
    response = await client.send(request, stream=True)
    try:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise Broken("The provider's answer is packed, unasked.", again=False)
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > MOST_BYTES:
                raise Broken("The provider's answer is too large.", again=False)
        return ProviderResponse(response.status_code, response.headers, bytes(body))
    finally:
        await response.aclose()


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _unreachable(error: Exception) -> Broken:
    # httpcore keeps what went wrong below it as its error's only argument.
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in error.args):
        words = "The provider's certificate is not valid for its address."
        return Broken(words, again=False, unspent=True)
    return Broken("The provider can't be reached.", again=True, unspent=True)
