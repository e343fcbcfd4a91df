"""Speaks ASGI to the application itself, to send what no HTTP client would."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.service import Api, Service

Headers = list[tuple[bytes, bytes]]


def key_header(api: Api) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {api.tenant.token}".encode()


async def speak(
    service: Service,
    method: str,
    path: str,
    *,
    raw: str | None = None,
    headers: Headers | None = None,
    query: bytes = b"",
    body: Sequence[bytes] = (),
    ends: str = "whole",
) -> httpx.Response:
    """One request, as a server hands it on. `raw`: the path before its escapes were read. `ends`: whole, cut (client gone) or never (it stalls)."""
    pieces = iter(body)
    answer: dict[str, Any] = {"content": b""}

    async def receive() -> Any:
        piece = next(pieces, None)
        if piece is not None:
            return {"type": "http.request", "body": piece, "more_body": True}
        if ends == "whole":
            return {"type": "http.request", "body": b"", "more_body": False}
        if ends == "never":
            await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.update(status_code=message["status"], headers=message["headers"])
        else:
            answer["content"] += message.get("body", b"")

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": (raw or path).encode(errors="surrogatepass"),
        "query_string": query,
        "root_path": "",
        "headers": headers or [],
        "state": {},
        "client": ("127.0.0.1", 1),
        "server": ("houselist", 80),
    }
    await service.app(scope, receive, send)
    return httpx.Response(**answer)
