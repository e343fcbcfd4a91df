"""Reading a request's body from the server: bounded, and never waiting for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.errors import Invalid, PayloadTooLarge, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar.types import Receive

JSON_LIMIT = 1 << 20
_MOST_DIGITS = 20


async def stream(receive: Receive) -> AsyncIterator[bytes]:
    """The body, piece by piece. Raises Invalid when the client goes away before its end."""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Invalid(Problem("body", "was cut off before its end; send it again"))
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


async def read_json_body(receive: Receive, declared: bytes | None, patience: float) -> bytes:
    """The whole body. Raises PayloadTooLarge above 1 MiB, unread where its length says so.

    Raises Invalid when it has not come within `patience` seconds.
    """
    if declares_more(declared, JSON_LIMIT):
        raise _too_large()
    body = b""
    try:
        async with asyncio.timeout(patience):
            async for piece in stream(receive):
                body += piece
                if len(body) > JSON_LIMIT:
                    raise _too_large()
    except TimeoutError as error:
        words = f"did not arrive within {patience:g} seconds; send it again"
        raise Invalid(Problem("body", words)) from error
    return body


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(details="A JSON body may have 1 MiB at most.")


def declares_more(declared: bytes | None, limit: int) -> bool:
    """Whether a Content-Length says that the body is larger than `limit` bytes."""
    if declared is None or not declared.isdigit():
        return False
    # More digits than any size has are not worth reading as a number.
    return len(declared) > _MOST_DIGITS or int(declared) > limit
