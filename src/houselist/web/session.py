"""A browser's session: its cookie, and whether a request comes from a page of this service."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from houselist.web.request import Request

COOKIE = "houselist_session"
# Browsers send no more than about this for one host; what is longer is none of theirs.
_MAX_COOKIES = 16_384
_SAFE = ("GET", "HEAD", "OPTIONS")


def cookies(request: Request) -> dict[str, str]:
    """The request's cookies by name; of a name that is there twice, the first."""
    found: dict[str, str] = {}
    text = request.header(b"cookie") or b""
    if len(text) > _MAX_COOKIES:
        return found
    for pair in text.decode("latin-1").split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, value)
    return found


def session_token(request: Request) -> str | None:
    """The token of the session that the request belongs to, where it comes from our own pages.

    A page of another site must not act with the session of whoever looks at it. The cookie is
    `SameSite=Strict`; this holds where a browser does not heed that, and for other ports and
    subdomains of the same site.
    """
    token = cookies(request).get(COOKIE)
    return token if token and is_from_here(request) else None


def is_from_here(request: Request) -> bool:
    """Whether a page of this service sent the request, or nobody's did and it changes nothing.

    Browsers say with `Sec-Fetch-Site` where a request comes from, but only to trustworthy addresses
    (https://www.w3.org/TR/fetch-metadata/); to others they send `Origin` with what may change.
    """
    changes = request.scope["method"] not in _SAFE
    site = request.header(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin" or (site == b"none" and not changes)
    origin, host = request.header(b"origin"), request.header(b"host")
    if origin is None:
        return not changes
    return host is not None and _host_of(origin) == host.lower()


def is_https(request: Request) -> bool:
    """Whether the browser speaks TLS, to this server or to a proxy before it.

    Who forges these headers does so in requests of their own only.
    """
    return (
        request.scope.get("scheme") == "https"
        or (request.header(b"origin") or b"").startswith(b"https://")
        or request.header(b"x-forwarded-proto") == b"https"
    )


def _host_of(origin: bytes) -> bytes:
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower().encode("latin-1")
    except ValueError:  # brackets without an address between them
        return b""
