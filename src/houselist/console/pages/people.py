"""Everybody of the account group, in the table that audiences have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.console import people_table
from houselist.console.pages.audience import read_panel
from houselist.console.visit import PART

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response


async def people(visit: Visit) -> Response:
    """The page, or the part of it that a script asks for."""
    part = visit.request.header(PART)
    kept = await visit.get("prospects", "count")
    table = people_table.ask(visit, None, kept["count"])
    await people_table.read(visit, table, counted=part in (None, b"people"))
    values: dict[str, Any] = {"table": table, "panel": None}
    if part == b"people":
        return visit.show_part("people.html", **values)
    values |= await read_panel(visit, table)
    if part is not None:
        return visit.show_part("panel.html" if values["panel"] else "empty.html", **values)
    return await visit.show("everybody.html", photos=visit.photos, **values)
