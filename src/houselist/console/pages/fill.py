"""The page that fills an audience: six sources, each read, tried and started in one shape."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from houselist.console import filling
from houselist.console.pages import fill_sources as sources
from houselist.console.pages.fill_trial import trial_of
from houselist.credits import store as credit
from houselist.errors import NotFound
from houselist.folders import store as folders
from houselist.jobs import store as jobs
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.console.visit import Fields, Visit
    from houselist.errors import Refusal
    from houselist.web.response import Response

# What the address keeps of the form, so that a reload and a link lead to the same state.
KEPT = ("source", "upload", "file", "name", "folder", "update", "emails", "max")


async def fill_new(visit: Visit) -> Response:
    """The page for an audience that is to be made."""
    return await show(visit, None, visit.query)


async def fill_one(visit: Visit) -> Response:
    """The page for one of the audiences. Raises NotFound or AudienceNotReady."""
    return await show(visit, await audience_of(visit), visit.query)


async def audience_of(visit: Visit) -> Any:
    """The audience that the address names; None on the page of a new one."""
    path = visit.request.scope["path_params"]
    return await visit.get("audiences", path["audienceId"]) if "audienceId" in path else None


def base_of(audience: Any) -> str:
    """The page's path."""
    return f"/audiences/{audience['id']}/fill" if audience else "/fill"


def address(audience: Any, *pairs: tuple[str, str]) -> str:
    """The page with this query; what is empty is left out."""
    given = [(name, value) for name, value in pairs if value]
    return f"{base_of(audience)}?{urlencode(given)}" if given else base_of(audience)


async def show(
    visit: Visit,
    audience: Any,
    given: Fields,
    *,
    refusal: Refusal | None = None,
    problems: Any = (),
) -> Response:
    """The page as `given` (its query, or a form that was refused) says."""
    source = filling.source_of(given)
    values: dict[str, Any] = {
        "audience": audience,
        "base": base_of(audience),
        "source": source,
        "tab": filling.SOURCES[source].tab,
        "tabs": [each for each in filling.TABS if _may(visit, each.source)],
        "given": given,
        "form_id": secrets.token_hex(16),
        "refusal": refusal,
        "problems": problems,
        "trial": None,
        "kept": given.given(*KEPT),
    }
    values |= await _around(visit, audience)
    values |= await sources.read(visit, source, given, audience)
    if source in filling.TRIABLE and visit.may(Permission.PROSPECTING_READ):
        values["trial"] = await trial_of(visit, given, audience, values.get("read"))
        if source == "profiles" and values["trial"] and not given.get("urls"):
            values["urls"] = values["trial"].urls
    if audience and audience["type"] == "monitoring":
        values["schedule"] = await _schedule(visit, audience)
    status = refusal.status if refusal else 200
    if visit.wants_part:
        return visit.show_part("fill_page.html", status=status, **values)
    return await visit.show("fill.html", status=status, **values)


def _may(visit: Visit, source: str) -> bool:
    """Whether the key may fill from a source."""
    if source == "combine":
        return visit.may(Permission.AUDIENCES_WRITE, Permission.AUDIENCES_READ)
    return source != "saved-search" or visit.may(Permission.PROSPECTING_READ)


async def _around(visit: Visit, audience: Any) -> dict[str, Any]:
    """What every source is shown with: folders to choose from, and what the plan allows."""
    group = bytes.fromhex(visit.group)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        plan = await credit.get_plan(connection, group)
        is_asked = await sources.can_be_asked(connection, group)
        found = []
        if audience is None and visit.may(Permission.AUDIENCES_READ):
            found = await folders.get_all(connection, group)
    offered = [each for each in found if each.audience_type == "on_demand"]
    return {"plan": plan, "has_provider": is_asked, "folders": offered, "schedule": None}


async def _schedule(visit: Visit, audience: Any) -> Any:
    """When the audience is refilled; an empty one where it never is, None where it is hidden.

    `has_source`: whether there is anything to refill it from.
    """
    if not visit.may(Permission.PROSPECTING_READ):
        return None
    group, audience_id = bytes.fromhex(visit.group), bytes.fromhex(audience["id"])
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        has_source = await jobs.has_source(connection, group, audience_id)
    try:
        found = await visit.get("audiences", audience["id"], "schedule")
    except NotFound:
        found = {"every": None}
    return {**found, "has_source": has_source}
