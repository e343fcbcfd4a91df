"""The page at /docs and its files: Swagger UI from an installed package; no other host is asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from swagger_ui_bundle import swagger_ui_path

from houselist.errors import NotFound
from houselist.web.response import Response

_SWAGGER = Path(swagger_ui_path)
_OWN = Path(__file__).parent / "static"
_SCRIPT, _STYLE = b"text/javascript; charset=utf-8", b"text/css; charset=utf-8"
_ASSETS: dict[str, tuple[Path, bytes]] = {
    "swagger-ui-bundle.js": (_SWAGGER, _SCRIPT),
    "swagger-ui.css": (_SWAGGER, _STYLE),
    "page.js": (_OWN, _SCRIPT),
}
# Swagger UI writes style attributes, and shows its icons from data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = [(b"referrer-policy", b"no-referrer")]


def page() -> Response:
    """The page itself."""
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"content-security-policy", _POLICY.encode()),
    ]
    return Response(200, _read(_OWN / "page.html"), [*headers, *_SAFE])


def asset(name: str) -> Response:
    """One of the page's files. Raises NotFound."""
    if name not in _ASSETS:
        raise NotFound
    folder, kind = _ASSETS[name]
    headers = [(b"content-type", kind), (b"cache-control", b"public, max-age=3600")]
    return Response(200, _read(folder / name), [*headers, *_SAFE])


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
