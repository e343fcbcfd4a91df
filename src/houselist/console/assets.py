"""The console's style, scripts and pictures, under an address that changes with any of them."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from houselist.errors import NotFound
from houselist.web.response import Response

if TYPE_CHECKING:
    from houselist.web.request import Request

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".csv": "text/csv; charset=utf-8",
}


class _Asset(NamedTuple):
    """A file as it is sent. `zipped`: with gzip."""

    type: bytes
    content: bytes
    zipped: bytes


class _Assets(NamedTuple):
    """All files by name. `version`: of them together, as scripts name each other."""

    version: str
    by_name: dict[str, _Asset]


@cache
def _assets() -> _Assets:
    together, by_name = hashlib.sha256(), dict[str, _Asset]()
    for path in sorted(_FOLDER.iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            together.update(path.name.encode() + b"\0" + hashlib.sha256(content).digest())
            zipped = gzip.compress(content, mtime=0)
            by_name[path.name] = _Asset(_TYPES[path.suffix].encode(), content, zipped)
    return _Assets(together.hexdigest()[:16], by_name)


def address(name: str) -> str:
    """Where a file is served. Raises KeyError when there is none of this name."""
    version, by_name = _assets()
    return f"/static/{version}/{name}" if by_name[name] else ""


async def asset(request: Request) -> Response:
    """One of the files. Browsers keep it for good; a changed one has another address."""
    wanted = request.scope["path_params"]
    version, by_name = _assets()
    found = by_name.get(wanted["name"])
    if found is None or wanted["version"] != version:
        raise NotFound
    headers = [
        (b"content-type", found.type),
        (b"cache-control", b"public, max-age=31536000, immutable"),
        (b"vary", b"accept-encoding"),
    ]
    if takes_gzip(request):
        return Response(200, found.zipped, [*headers, (b"content-encoding", b"gzip")])
    return Response(200, found.content, headers)


def takes_gzip(request: Request) -> bool:
    """Whether the client reads gzip; one that gives it a quality is not asked further."""
    accepted = (request.header(b"accept-encoding") or b"")[:1_000]
    return b"gzip" in (each.strip() for each in accepted.split(b","))
