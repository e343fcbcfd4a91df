"""One person as a page of its own, and what the forms of the side panel do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from houselist.console import person_fields as fields
from houselist.console.pages import panel, taking_back
from houselist.console.pages.panel import Around
from houselist.console.visit import own_address
from houselist.errors import Conflict, Invalid, NotFound, Refusal

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response

_TAKEN = re.compile(r"(\w+) is that of prospect ([0-9a-f]{24})")


async def person(visit: Visit) -> Response:
    """The page. An id that was merged leads on to who it is by now."""
    asked = visit.part("prospectId")
    values = await panel.read(visit, asked, None)
    if values["panel"] is None:
        raise NotFound("There is nobody with this id.")
    if values["panel"].forwarded:
        return visit.go(f"/people/{values['panel'].id}", "These two are one person now")
    values["around"].person = ""
    return await visit.show("person.html", photos=visit.photos, **values)


async def change_person(visit: Visit) -> Response:
    """What the form changed; or the form again, with what is wrong beside its fields."""
    prospect_id = visit.part("prospectId")
    try:
        body = _changes(visit)
        if body:
            await visit.patch("prospects", prospect_id, **body)
    except (Invalid, Conflict) as refusal:
        return await _again(visit, refusal)
    return visit.go(_back(visit), "Saved" if body else "Nothing was changed")


def _changes(visit: Visit) -> dict[str, Any]:
    body = fields.changes(visit.form)
    for name, value in fields.new_attributes(visit.form):
        if not name or not value.strip():
            raise Invalid(fields.HALF)
    return body


async def _again(visit: Visit, refusal: Refusal) -> Response:
    values = await _values(visit, "edit")
    problems, taken = _problems(refusal)
    shown = values["panel"]
    shown.entries = fields.entries_sent(visit.form, problems)
    shown.added = fields.new_attributes(visit.form)
    told = {each.path for each in shown.entries}
    values["taken"] = taken
    values["problems"] = {path: words for path, words in problems.items() if path not in told}
    values["refusal"] = None if problems else refusal
    if visit.wants_part:
        return visit.show_part("panel.html", status=refusal.status, **values)
    return await visit.show("person.html", status=refusal.status, photos=visit.photos, **values)


def _problems(refusal: Refusal) -> tuple[dict[str, str], dict[str, str]]:
    """What is wrong by field; and whose an identity is that somebody else has."""
    if isinstance(refusal, Invalid):
        return {each.path: each.message for each in refusal.problems}, {}
    taken = dict(_TAKEN.findall(refusal.details or ""))
    return dict.fromkeys(taken, "is that of another person"), taken


async def merge_people(visit: Visit) -> Response:
    """Makes one person of two: the one that was chosen stays."""
    one, other = visit.part("prospectId"), visit.form.get("_with")
    stays = visit.form.get("stays")
    if stays not in (one, other):
        raise NotFound
    goes = other if stays == one else one
    await visit.post("prospects", stays, "merge", prospectIds=[goes])
    return visit.go(_back(visit), "Merged into one person")


async def move_person(visit: Visit) -> Response:
    """From the audience at hand to another."""
    source, target = visit.form.get("_audience"), visit.form.get("to")
    ids = [visit.part("prospectId")]
    undo = await taking_back.to_audience(visit, source, target, ids)
    moved = await visit.post(
        "audiences", source, "move-leads", targetAudienceId=target, leadIds=ids
    )
    return visit.go(_back(visit), f"Moved to {moved['targetAudience']['name']}", undo)


async def copy_person(visit: Visit) -> Response:
    """Into another audience as well."""
    ids = [visit.part("prospectId")]
    added = await visit.post("audiences", visit.form.get("to"), "prospects", prospectIds=ids)
    words = "Added to the audience" if added["added"] else "The audience has this person already"
    return visit.go(_back(visit), words)


async def remove_person(visit: Visit) -> Response:
    """Out of one audience; the person stays known."""
    ids = [visit.part("prospectId")]
    audience = visit.form.get("_audience")
    await visit.post("audiences", audience, "prospects", "remove", prospectIds=ids)
    undo = taking_back.to_members(audience, ids)
    return visit.go(_back(visit), "Removed from this audience", undo)


async def _values(visit: Visit, action: str) -> dict[str, Any]:
    """What the template needs in answer to a form."""
    prospect_id = visit.part("prospectId")
    shown = await panel.about(visit, prospect_id, visit.form.get("_audience") or None, action)
    if shown is None:
        raise NotFound("There is nobody with this id.")
    around = Around(f"/people/{prospect_id}", left_to=_back(visit))
    return {"panel": shown, "around": around, "problems": {}, "taken": {}, "refusal": None}


def _back(visit: Visit) -> str:
    """Where the form was: the page with the panel, or the person's own."""
    return own_address(visit.form.get("_back"), f"/people/{visit.part('prospectId')}")
