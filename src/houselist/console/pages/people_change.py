"""People who were chosen in a table: moved, copied, taken out, exported; some, or all who match."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from houselist.console import audience_store as store
from houselist.console import filters
from houselist.console.pages import taking_back
from houselist.console.pages.audience import facts
from houselist.console.pages.audience_change import ask
from houselist.console.visit import own_address, part_of_name
from houselist.console.words import counted
from houselist.errors import Conflict, Impossible, Invalid, NotFound, Problem
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.prospects.export.shapes import MAX_IDS
from houselist.web.authentication import check_permission

if TYPE_CHECKING:
    from houselist.console.filters import Filters
    from houselist.console.visit import Visit
    from houselist.web.response import Response

# For so long a request goes on with all who match; then the browser sends the next one.
_SECONDS: Final = 2.0
# So few at once take a fraction of what a statement may, also where the database is busy.
_AT_ONCE: Final = 2_000
_MAX_TARGETS: Final = 30
_DONE: Final = {"move": "moved", "copy": "copied", "remove": "taken out"}


@dataclass(slots=True)
class Change:
    """What is to be done with whom. `path`: of the audience or of everybody; `done`: so far."""

    what: str
    audience_id: str | None
    ids: list[str]
    filters: Filters
    is_all: bool
    back: str
    count: str
    target: str = ""
    target_name: str = ""
    cursor: str = ""
    done: int = 0
    known: int = 0
    undo: str = ""
    pairs: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def action(self) -> str:
        """Where its forms go."""
        return f"/audiences/{self.audience_id}/people" if self.audience_id else "/people"

    @property
    def whom(self) -> str:
        """Whom it is about, in words."""
        return (
            f"all {self.count} people"
            if self.is_all
            else counted(len(self.ids), "person", "people")
        )

    @property
    def said(self) -> str:
        """What was done, in words."""
        told = f"{counted(self.done, 'person', 'people')} {_DONE[self.what]}"
        told += f" to {self.target_name}" if self.target_name else ""
        return told + (f", {counted(self.known, 'was', 'were')} there before" if self.known else "")


async def change_members(visit: Visit) -> Response:
    """Of an audience."""
    return await _change(visit, visit.part("audienceId"))


async def copy_people(visit: Visit) -> Response:
    """Of the whole account group, who can only be copied."""
    return await _change(visit, None)


async def _change(visit: Visit, audience_id: str | None) -> Response:
    change = _read(visit, audience_id)
    if not change.is_all and not change.ids:
        raise Impossible(Problem("People", "are none: choose some in the table first"))
    if change.what == "export":
        return await _ask_export(visit, change)
    if change.what == "remove":
        if change.is_all and not visit.form.get("sure"):
            return await ask(visit, "people_sure.html", change=change)
        return await _go_on(visit, change)
    if not visit.form.get("target") and not visit.form.get("new").strip():
        return await _ask_target(visit, change)
    try:
        await _find_target(visit, change)
    except (Conflict, Invalid) as refusal:
        if visit.wants_part:
            raise
        return await _ask_target(visit, change, refusal)
    return await _go_on(visit, change)


def _read(visit: Visit, audience_id: str | None) -> Change:
    form = visit.form
    what = form.get("do")
    known = (*_DONE, "export") if audience_id else ("copy",)
    if what not in known:
        raise NotFound
    is_all = bool(form.get("all"))
    ids = [] if is_all else list(dict.fromkeys(form.all("person")))
    found = filters.read(form.given())
    kept = [("do", what), ("back", form.get("back")), ("count", form.get("count"))]
    kept += [("all", "1")] if is_all else [("person", each) for each in ids]
    return Change(
        what,
        audience_id,
        ids,
        found,
        is_all,
        own_address(form.get("back"), f"/audiences/{audience_id}" if audience_id else "/people"),
        form.get("count"),
        cursor=form.get("cursor"),
        done=_number(form.get("done")),
        known=_number(form.get("known")),
        pairs=[*kept, *found.given.items()],
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def _ask_export(visit: Visit, change: Change) -> Response:
    """What kind of file it is to be. The browser gets it from the API."""
    check_permission(visit.key, Permission.PROSPECTS_READ)
    if len(change.ids) > MAX_IDS:
        raise Impossible(Problem("People", f"are too many: export at most {MAX_IDS} by name"))
    asked = dict(change.filters.asked)
    if not change.is_all:
        # Whoever was chosen by the filters stays chosen, whatever is known of them by then.
        asked = {name: value for name, value in asked.items() if name == "asOf"}
        asked["prospectIds"] = ",".join(change.ids)
    return await ask(
        visit,
        "people_export.html",
        audience_id=change.audience_id,
        whom=change.whom,
        held=asked,
        fields=visit.form.get("fields"),
        back=change.back,
    )


async def ask_export(visit: Visit) -> Response:
    """The same about everybody in an audience."""
    check_permission(visit.key, Permission.PROSPECTS_READ)
    known = await facts(visit)
    return await ask(
        visit,
        "people_export.html",
        audience_id=known.id,
        whom=known.name,
        held={},
        fields="",
        back=own_address(visit.query.get("back"), f"/audiences/{known.id}"),
    )


async def _ask_target(visit: Visit, change: Change, refusal: Any = None) -> Response:
    """Which audience they go to, an existing one or a new one."""
    part = part_of_name(visit.form.get("find"))
    without = bytes.fromhex(change.audience_id) if change.audience_id else None
    group = bytes.fromhex(visit.group)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        found = await store.find(connection, group, part, _MAX_TARGETS, without=without)
    values = {"change": change, "targets": found, "find": part, "refusal": refusal}
    values |= {"new": visit.form.get("new"), "may_create": visit.may(Permission.AUDIENCES_WRITE)}
    return await ask(visit, "people_target.html", **values)


async def _find_target(visit: Visit, change: Change) -> None:
    """The audience that was chosen, or a new one."""
    name = visit.form.get("new").strip()
    if name and not change.cursor:
        made = await visit.post("audiences", name=name, type="on_demand")
    else:
        made = await visit.get("audiences", visit.form.get("target"))
    change.target, change.target_name = made["id"], made["name"]


async def _go_on(visit: Visit, change: Change) -> Response:
    """Does it, or as much of it as one request may; the answer then goes on."""
    if not change.is_all:
        await _do_some(visit, change)
        return visit.go(change.back, change.said, change.undo)
    until = time.monotonic() + _SECONDS
    while await _do_all(visit, change):
        if time.monotonic() > until:
            change.pairs += [("sure", "1"), ("cursor", change.cursor), ("target", change.target)]
            change.pairs += [("done", str(change.done)), ("known", str(change.known))]
            return await ask(visit, "people_going_on.html", change=change, total=_total(change))
    return visit.go(change.back, change.said)


def _total(change: Change) -> int | None:
    """How many it is about, where that is known."""
    return _number(change.count.replace(",", "")) or None


async def _do_some(visit: Visit, change: Change) -> None:
    ids, source = change.ids, change.audience_id
    if change.what == "copy":
        path = ("audiences", change.target, "prospects")
        answer = await visit.post(*path, prospectIds=ids)
        change.done, change.known = answer["added"], answer["alreadyMember"]
    elif source and change.what == "move":
        undo = await taking_back.to_audience(visit, source, change.target, ids)
        path = ("audiences", source, "move-leads")
        answer = await visit.post(*path, targetAudienceId=change.target, leadIds=ids)
        change.done, change.undo = answer["movedCount"], undo
    elif source:
        answer = await visit.post("audiences", source, "prospects", "remove", prospectIds=ids)
        change.done, change.undo = answer["removed"], taking_back.to_members(source, ids)


async def _do_all(visit: Visit, change: Change) -> bool:
    """The next thousands who match; whether there may be more of them."""
    whose = ("audiences", change.audience_id) if change.audience_id else ()
    body: dict[str, Any] = {"filters": _as_json(change.filters.asked), "limit": _AT_ONCE}
    body |= {"cursor": change.cursor} if change.cursor else {}
    body |= {"targetAudienceId": change.target} if change.target else {}
    answer = await visit.post(*whose, "prospects", f"{change.what}-matching", **body)
    change.cursor = answer["nextCursor"] or ""
    change.done += answer.get("removed", answer.get("movedCount", answer.get("added", 0)))
    change.known += answer.get("alreadyMember", 0)
    return answer["hasMore"]


def _as_json(asked: dict[str, str]) -> dict[str, Any]:
    """Filters of an address as a body has them."""
    words = {"true": True, "false": False}
    return {
        name: words.get(value, value) if name == "hasEmail" else value
        for name, value in asked.items()
    }
