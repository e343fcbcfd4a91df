"""The people of an audience as a file: what the API exports, refused as pages refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import rendering
from houselist.prospects.export.response import ExportResponse

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response


async def people_file(visit: Visit) -> Response:
    """The file. A script is told whether it may be had, and then has the browser load it."""
    query = {name: value for name, value in visit.query.given().items() if name != "back"}
    file = await visit.open_file("audiences", visit.part("audienceId"), "export", **query)
    if not visit.wants_part:
        return file
    if isinstance(file, ExportResponse):
        await file.check(visit.request)
    return rendering.respond(visit.request, "")
