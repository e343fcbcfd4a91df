"""Home: what is filling, and all audiences by folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console.rendering import redirect
from houselist.console.visit import GROUP, YEAR, cookie
from houselist.errors import NotFound

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response


async def home(visit: Visit) -> Response:
    """The page."""
    return await visit.show("home.html")


async def choose_group(visit: Visit) -> Response:
    """Another account group of the key's, from now on in this browser."""
    chosen = visit.form.get("group")
    if chosen not in {each.hex() for each in visit.key.account_group_ids}:
        raise NotFound
    return redirect("/", [cookie(GROUP, chosen, age=YEAR)])
