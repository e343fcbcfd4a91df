"""Reading a request's body from the server, within bounds of size and time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.errors import Invalid, PayloadTooLarge, Problem
from houselist.web.inputs import check_json_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.web.asgi import Receive
    from houselist.web.request import Request

_LIMIT = 1 << 20
_MAX_DIGITS = 20


async def stream(receive: Receive) -> AsyncIterator[bytes]:
    """The body, piece by piece. Raises Invalid when the client disconnects before its end."""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Invalid(Problem("body", "was cut off before its end; send it again"))
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


async def read_json_body(request: Request) -> bytes:
    """The whole body. Raises what `read_body` does, or UnsupportedMediaType: it is not JSON."""
    body = await read_body(request, "A JSON body")
    check_json_type(request.header(b"content-type"), body)
    return body


async def read_body(request: Request, what: str) -> bytes:
    """The whole body. Raises PayloadTooLarge above 1 MiB; unread when its length says so.

    Raises Invalid when it has not arrived within half of the request's time. `what` it is, as a
    refusal begins: `A JSON body`.
    """
    too_large = PayloadTooLarge(details=f"{what} may have 1 MiB at most.")
    if declares_more(request.header(b"content-length"), _LIMIT):
        raise too_large
    seconds = request.services.settings.request_timeout / 2
    body = b""
    try:
        async with asyncio.timeout(seconds):
            async for piece in stream(request.receive):
                body += piece
                if len(body) > _LIMIT:
                    raise too_large
    except TimeoutError as error:
        words = f"did not arrive within {seconds:g} seconds; send it again"
        raise Invalid(Problem("body", words)) from error
    return body


def declares_more(declared: bytes | None, limit: int) -> bool:
    """Whether a Content-Length says that the body is larger than `limit` bytes."""
    if declared is None or not declared.isdigit():
        return False
    # No size has more digits, so they need not be read as a number.
    return len(declared) > _MAX_DIGITS or int(declared) > limit
