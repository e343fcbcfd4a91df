"""From a template and what it shows to a response, with the headers that every page has."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from houselist.console import assets, columns, words
from houselist.console.person_fields import name_of
from houselist.web.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from houselist.web.request import Request

# No script or style but our own files, nothing from elsewhere, and no page within another.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The same where people's photos are shown, which are wherever their addresses say.
POLICY_WITH_PHOTOS = POLICY.replace("img-src 'self' data:", "img-src 'self' data: https:")
_HEADERS = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"cookie, accept-encoding"),
    # With no referrer at all, browsers would send forms without the Origin they are judged by.
    (b"referrer-policy", b"same-origin"),
]
# Below it gzip gains nothing; the level trades 1 ms of a large page for 2 % of it.
_ZIP_FROM, _ZIP_LEVEL = 1_400, 4
_BLANK = re.compile(r"\n\s*\n+")


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters = {
        "number": words.number,
        "short": words.short,
        "counted": words.counted,
        "percent": words.percent,
        "moment": words.moment,
        "ago": words.ago,
        "exact": words.exact,
        "duration": words.duration,
        "span": words.span,
        "initials": words.initials,
        "short_address": words.short_address,
        "name_of": name_of,
    }
    cast("dict[str, Any]", made.filters).update(filters)
    known = {
        "asset": assets.address,
        "OUTCOMES": words.OUTCOMES,
        "query": query,
        "cell_of": columns.cell,
        "column_named": columns.write,
        "look": words.look,
        "SOURCES": words.SOURCES,
    }
    cast("dict[str, Any]", made.globals).update(known)
    # Every template has the macros, without importing them.
    marks: Any = made.get_template("macros.html").module
    names = ("icon", "mark", "when", "outcome", "heading", "face")
    cast("dict[str, Any]", made.globals).update({name: getattr(marks, name) for name in names})
    return made


def query(known: Mapping[str, str], **changes: str | None) -> str:
    """The query string of a link: what is known, changed; None leaves a name out."""
    merged = {**known, **changes}
    text = urlencode({name: value for name, value in merged.items() if value is not None})
    return f"?{text}" if text else "?"


_TEMPLATES = _environment()


def html(template: str, values: Mapping[str, Any]) -> str:
    """The template, filled. Whatever is shown is escaped."""
    return _BLANK.sub("\n", _TEMPLATES.get_template(template).render(values))


def respond(
    request: Request,
    text: str,
    *,
    status: int = 200,
    headers: Iterable[tuple[bytes, bytes]] = (),
    policy: str = POLICY,
) -> Response:
    """The page as a response."""
    body = text.encode()
    found = [*_HEADERS, (b"content-security-policy", policy.encode()), *headers]
    if len(body) >= _ZIP_FROM and assets.takes_gzip(request):
        body = gzip.compress(body, _ZIP_LEVEL, mtime=0)
        found.append((b"content-encoding", b"gzip"))
    return Response(status, body, found)


def redirect(address: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """To another page of the console, by GET. `address` must be one of our own."""
    location = (b"location", address.encode("ascii", "ignore"))
    return Response(303, b"", [location, (b"cache-control", b"no-store"), *headers])
