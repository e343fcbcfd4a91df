"""The API reference: every operation with its notes, shapes and refusals, to search and to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import rendering
from houselist.console.handling import read_query
from houselist.console.reference.kept import Reference
from houselist.console.visit import theme

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.request import Request
    from houselist.web.response import Response

_MAX_SEARCH = 200


async def reference(visit: Visit) -> Response:
    """The page in its frame, where what the key may do can be tried."""
    search = visit.query.get("q")[:_MAX_SEARCH]
    contents = await visit.request.services.get(Reference).read(visit.key.permissions, search)
    return await visit.show("reference.html", layout="frame.html", contents=contents, search=search)


async def signed_out(request: Request) -> Response:
    """The same for whoever has no session: to read."""
    search = read_query(request).get("q")[:_MAX_SEARCH]
    contents = await request.services.get(Reference).read(None, search)
    values = {"layout": "open.html", "contents": contents, "search": search, "visit": None}
    text = rendering.html("reference.html", {**values, "theme": theme(request)})
    return rendering.respond(request, text)
