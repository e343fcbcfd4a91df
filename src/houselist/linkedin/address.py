"""Turns pasted text into a LinkedIn page or URN: checks its parts, unwraps sign-in pages.

Which pages are people, searches or posts is decided in profile.py, search.py and post.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from houselist.linkedin.reasons import Refused
from houselist.linkedin.text import MAX_LENGTH, clean, decode, decode_once

_MAX_REDIRECTS: Final = 3
_ORIGIN: Final = "https://www.linkedin.com"
_HOST: Final = re.compile(r"(?:(?:www|m|touch|mobile|[a-z]{2})\.)?linkedin\.com")
_SHORT_HOST: Final = re.compile(r"(?:www\.)?lnkd\.in")
_PORTS: Final = {"http": 80, "https": 443}
_PORT: Final = re.compile(r"[0-9]{1,5}")
# Without a dot: "www.linkedin.com:443/in/x" starts with a host, not a scheme.
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+-]*):")
_BARE_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_][\w-]*\.?(?::[0-9]*)?")
_AUTHORITY_END: Final = re.compile(r"[/?#]")
_URN: Final = re.compile(r"urn(?::|%3a)", re.IGNORECASE)
_LI_URN: Final = re.compile(r"urn:li:([a-z0-9_]+):(.*)", re.IGNORECASE | re.DOTALL)
_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,29}")

# The mobile site and the links in LinkedIn's e-mails put a word before the usual path.
_PREFIXES: Final = frozenset({"mwlite", "comm"})
_SIGN_IN: Final = frozenset({"authwall", "login", "uas", "checkpoint", "signup", "reg"})
_SIGN_IN_PARAMETERS: Final = frozenset({"sessionredirect", "session_redirect"})
_PROFILE_PAGES: Final = frozenset(
    {
        ("sales", "lead"),
        ("sales", "people"),
        ("sales", "profile"),
        ("talent", "profile"),
        ("recruiter", "profile"),
    }
)


@dataclass(frozen=True, slots=True)
class LinkedInPage:
    """A page on LinkedIn.

    `segments` are the parts of the path as written, `names` the same decoded and in lower case.
    Both lack a trailing slash and the mobile site's prefixes. `query` and `fragment`, which follow
    `?` and `#`, are not decoded.
    """

    url: str
    segments: tuple[str, ...]
    names: tuple[str, ...]
    query: str
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class Urn:
    """`urn:li:type:body`; the type in lower case, because people paste both; the body as it is."""

    type: str
    body: str


def read(text: str, max_length: int = MAX_LENGTH) -> LinkedInPage | Urn:
    """What the text refers to, after the rules for all LinkedIn addresses. Raises Refused."""
    for _ in range(_MAX_REDIRECTS + 1):
        text = clean(text, max_length)
        if _URN.match(text):
            return parse_urn(decode(text))
        page = _page(text)
        inner = _sign_in_target(page)
        if not inner:
            return page
        text = inner
    raise Refused("redirect_loop")


def parse_urn(text: str) -> Urn:
    """The parts of a decoded URN. Raises Refused."""
    match = _LI_URN.fullmatch(text)
    if match is None:
        raise Refused("unsupported_urn")
    body = _AUTHORITY_END.split(match[2], maxsplit=1)[0]
    if not body:
        raise Refused("missing_id")
    return Urn(match[1].lower(), body)


def parameters(query: str) -> list[tuple[str, str]]:
    """Name and undecoded value of each parameter, in order; names in lower case."""
    pairs = (part.partition("=") for part in query.split("&"))
    return [(unquote(name).lower(), value) for name, _, value in pairs]


def kind_word(name: str) -> str:
    """A part of a path as the second half of a reason; `other` if it is not a plain word."""
    return name if _KIND.fullmatch(name) else "other"


def page_kind(page: LinkedInPage) -> str:
    """The kind of page in one word, for a refusal: `profile`, `search`, `company` and so on."""
    if not page.names:
        return "home"
    if page.names[:2] == ("pub", "dir"):
        return "directory"
    if page.names[0] in {"in", "pub", "profile"} or page.names[:2] in _PROFILE_PAGES:
        return "profile"
    if page.names[0] in {"sales", "talent"} and page.names[1:2]:
        second = page.names[1]
        return second if second in {"search", "company", "lists"} else page.names[0]
    return kind_word(page.names[0])


def _page(text: str) -> LinkedInPage:
    scheme, rest = _scheme_and_rest(text)
    end = _AUTHORITY_END.search(rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    _check_authority(scheme, authority)
    before, _, fragment = tail.partition("#")
    path, _, query = before.partition("?")
    segments = path.split("/")[1:]
    if segments and not segments[-1]:
        segments.pop()
    names = [unquote(segment) for segment in segments]
    if not {".", ".."}.isdisjoint(names):
        raise Refused("dot_segment")
    if "" in segments:
        raise Refused("empty_segment")
    names = [name.lower() for name in names]
    skip = _prefix_length(names)
    url, kept = f"{scheme}://{rest}", slice(skip, None)
    return LinkedInPage(url, tuple(segments[kept]), tuple(names[kept]), query, fragment)


def _scheme_and_rest(text: str) -> tuple[str, str]:
    """The scheme (https if there is none), and what follows its two slashes."""
    if text.startswith("//"):
        return "https", text[2:]
    match = _SCHEME.match(text)
    if match:
        scheme = match[1].lower()
        if scheme not in _PORTS:
            raise Refused("bad_scheme")
        if not text.startswith("//", match.end()):
            raise Refused("not_a_url")
        return scheme, text[match.end() + 2 :]
    head, *tail = _AUTHORITY_END.split(text, maxsplit=1)
    # "user@host/…" is a web address; without a path it is an e-mail address.
    host = head.rpartition("@")[2] if tail else head
    if not _BARE_HOST.fullmatch(host):
        raise Refused("not_a_url")
    return "https", text


def _check_authority(scheme: str, authority: str) -> None:
    _, userinfo, address = authority.rpartition("@")
    host, _, port = address.partition(":")
    if not host:
        raise Refused("not_a_url")
    # Only ASCII is lowered, because the Kelvin sign's lower case is a plain k.
    host = host.removesuffix(".").lower() if host.isascii() else ""
    if _SHORT_HOST.fullmatch(host):
        raise Refused("short_link")
    if not _HOST.fullmatch(host):
        raise Refused("not_linkedin")
    if port and (not _PORT.fullmatch(port) or int(port) != _PORTS[scheme]):
        raise Refused("port")
    if userinfo:
        raise Refused("userinfo")


def _prefix_length(names: list[str]) -> int:
    if names[:3] == ["mwlite", "profile", "in"]:
        return 2
    return 1 if len(names) > 1 and names[0] in _PREFIXES else 0


def _sign_in_target(page: LinkedInPage) -> str | None:
    """The address to which a sign-in page leads, decoded once; None for any other page."""
    if not page.names or page.names[0] not in _SIGN_IN:
        return None
    for name, value in parameters(page.query):
        if name in _SIGN_IN_PARAMETERS and value:
            target = decode_once(value)
            local = target.startswith("/") and not target.startswith("//")
            return _ORIGIN + target if local else target
    return None
