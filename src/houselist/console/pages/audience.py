"""One audience: its facts, its pictures and the table of its people, or the job that fills it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from houselist.console import audience_store as store
from houselist.console import people_table, pictures
from houselist.console.pages import panel
from houselist.console.visit import PART
from houselist.errors import AudienceNotReady, NotFound
from houselist.ids import parse_id
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.web.authentication import check_permission
from houselist.web.session import cookies

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.console.people_table import Table
    from houselist.console.visit import Visit
    from houselist.errors import Refusal
    from houselist.web.response import Response

_PICTURES: Final = "houselist_pictures"
_BARS, _TABLE_ROWS = 5, 10
_NONE: Final = "There is no such audience."


@dataclass(slots=True)
class Facts:
    """The audience. `growth` and `filled_at` are None where nobody knows, or the key may not."""

    id: str
    name: str
    type: str
    description: str | None
    folder_id: str | None
    folder_name: str | None
    people: int
    created_at: datetime
    growth: int | None
    filled_at: datetime | None
    job_id: str | None


async def facts(visit: Visit) -> Facts:
    """What is known of the audience in the path. Raises NotFound or Forbidden."""
    check_permission(visit.key, Permission.AUDIENCES_READ)
    id_, group = visit.part("audienceId"), bytes.fromhex(visit.group)
    try:
        audience_id = parse_id(id_)
    except ValueError as error:
        raise NotFound(_NONE) from error
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        row = await store.get_facts(connection, group, audience_id)
    if row is None:
        raise NotFound(_NONE)
    return Facts(
        id_,
        row["name"],
        row["type"],
        row["description"],
        row["folder_id"] and row["folder_id"].hex(),
        row["folder_name"],
        row["prospect_count"],
        row["created_at"],
        row["growth"] if visit.may(Permission.PROSPECTS_READ) else None,
        row["filled_at"] if visit.may(Permission.PROSPECTING_READ) else None,
        row["active_job_id"] and row["active_job_id"].hex(),
    )


async def audience(visit: Visit) -> Response:
    """The page, or the part of it that a script asks for."""
    return await show(visit, await facts(visit))


async def show(
    visit: Visit, known: Facts, *, status: int = 200, unsaved: Refusal | None = None
) -> Response:
    """The page as it is; with `unsaved`, why a change was not saved, in its form."""
    values: dict[str, Any] = {
        "audience": known,
        "is_editing": unsaved is not None or bool(visit.query.get("edit")),
        "unsaved": unsaved,
        "may_edit": visit.may(Permission.AUDIENCES_WRITE) and known.job_id is None,
        "filling": None,
        "table": None,
        "summary": None,
        "is_folded": False,
        "panel": None,
    }
    part = visit.request.header(PART)
    if part == b"head":
        if visit.may(Permission.PROSPECTS_READ) and known.job_id is None:
            values["table"] = people_table.ask(visit, known.id, known.people)
        return visit.show_part("audience_head.html", status=status, **values)
    if known.job_id is not None:
        values["filling"] = await _filling(visit, known)
        if values["filling"]:
            return await visit.show("audience.html", status=status, **values)
        # The job ended between the two looks.
        known.job_id, values["may_edit"] = None, visit.may(Permission.AUDIENCES_WRITE)
    if visit.may(Permission.PROSPECTS_READ):
        return await _with_people(visit, known, values, part, status)
    return await visit.show("audience.html", status=status, **values)


async def _with_people(
    visit: Visit, known: Facts, values: dict[str, Any], part: bytes | None, status: int
) -> Response:
    if part == b"pictures":
        values |= await _pictures(visit, known)
        return visit.show_part("pictures.html", **values)
    table = people_table.ask(visit, known.id, known.people)
    reading = people_table.read(visit, table, counted=part in (None, b"people"))
    if part is None and known.people:
        _, shown = await asyncio.gather(reading, _pictures(visit, known))
        values |= shown
    else:
        await reading
    values["table"] = table
    if part == b"people":
        return visit.show_part("people.html", **values)
    values |= await read_panel(visit, table)
    if part is not None:
        return visit.show_part("panel.html" if values["panel"] else "empty.html", **values)
    return await visit.show("audience.html", status=status, photos=visit.photos, **values)


async def read_panel(visit: Visit, table: Table) -> dict[str, Any]:
    """What the side panel needs about the person in the address, if there is one."""
    person_id = visit.query.get("person")
    if not person_id:
        return {"shows_panel": False}
    values = await panel.read(visit, person_id, table.audience_id)
    ids = [each["id"] for each in table.people]
    if person_id in ids:
        at, around = ids.index(person_id), values["around"]
        around.previous = table.here(person=ids[at - 1]) if at else None
        around.next = table.here(person=ids[at + 1]) if at + 1 < len(ids) else None
        around.place = f"{at + 1} of {len(ids)} on this page"
    return values | {"shows_panel": True}


async def _filling(visit: Visit, known: Facts) -> dict[str, Any] | None:
    """The job that fills the audience; None when it is over by now."""
    try:
        await visit.get("audiences", known.id)
    except AudienceNotReady as refusal:
        job = None
        if visit.may(Permission.PROSPECTING_READ) and known.job_id:
            job = await visit.get("prospecting", known.job_id)
        return {"job": job, "refusal": refusal}
    return None


async def _pictures(visit: Visit, known: Facts) -> dict[str, Any]:
    """What the pictures show. They are made of a sample, whatever the audience's size.

    Of folded ones nothing is read until they are asked for.
    """
    is_open = cookies(visit.request).get(_PICTURES) != "folded" or bool(visit.query.get("pictures"))
    if not is_open and not visit.wants_part:
        return {"summary": None, "is_folded": True}
    try:
        summary = await visit.get("audiences", known.id, "summary")
    except AudienceNotReady:
        return {"summary": None, "is_folded": False}
    # What nobody is known to have is not shown first.
    fullest = next((name for name in pictures.TOPS if summary[name]), "companies")
    which = visit.query.get("top")
    which = which if which in pictures.TOPS else fullest
    return {
        "summary": summary,
        "is_folded": False,
        "area": pictures.area(summary["byDay"]),
        "days": pictures.days_told(summary["byDay"]),
        "which": which,
        "tops": pictures.TOPS,
        "top": pictures.top(summary, which, _BARS),
        "tables": {name: pictures.top(summary, name, _TABLE_ROWS) for name in pictures.TOPS},
        "meters": pictures.meters(summary),
        "as_tables": bool(visit.query.get("tables")),
        "known": visit.query.given(),
    }
