"""What the notice after a move takes back: audiences to their folders, people to their audience."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from houselist.console.pages import forms
from houselist.console.words import counted
from houselist.errors import Invalid, NotFound, Problem
from houselist.ids import is_id
from houselist.people import members_store as members
from houselist.permissions import Permission
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.console.visit import Visit
    from houselist.web.response import Response

# As many ids as an address and a cookie hold. Of more, nothing is offered.
_MAX = 100
_NONE = "none"
BACK_TO_FOLDERS = "/audiences/move-back"


def to_folders(moved: Iterable[tuple[str, str]]) -> str:
    """The address that takes a move of audiences back, empty for too many.

    `moved`: each audience, and the folder in which it was, empty for none.
    """
    by_folder = dict[str, list[str]]()
    for audience_id, folder_id in moved:
        by_folder.setdefault(folder_id or _NONE, []).append(audience_id)
    if not 1 <= sum(map(len, by_folder.values())) <= _MAX:
        return ""
    was = [("was", ".".join((folder, *ids))) for folder, ids in by_folder.items()]
    return f"{BACK_TO_FOLDERS}?{urlencode(was)}"


async def move_back(visit: Visit) -> Response:
    """Audiences to the folders that a notice named."""
    was = [each.split(".") for each in visit.form.all("was")]
    moves = [(audience, folder) for folder, *ids in was for audience in ids]
    if not all(is_id(one) and (is_id(folder) or folder == _NONE) for one, folder in moves):
        raise NotFound("There is no such audience.")
    _check(len(moves))
    for audience_id, folder_id in moves:
        if folder_id == _NONE:
            await visit.post("audiences", audience_id, "remove-from-folder")
        else:
            await visit.post("audiences", audience_id, "move-to-folder", folderId=folder_id)
    return visit.go(forms.back(visit), f"{counted(len(moves), 'audience')} moved back")


async def to_audience(visit: Visit, source: str, target: str, ids: list[str]) -> str:
    """The address that takes back that people go from `source` to `target`; asked before they go.

    Empty for too many, and where the key may not do what it takes. Who is in `target` already stays
    there; they were members of both.
    """
    if not 1 <= len(ids) <= _MAX or not (is_id(source) and is_id(target)):
        return ""
    wanted = [bytes.fromhex(each) for each in ids if is_id(each)]
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        group = bytes.fromhex(visit.group)
        try:
            list_id = await members.get_list(connection, group, bytes.fromhex(target))
        except KeyError:  # the move will say so
            return ""
        found = await members.get_positions(connection, group, list_id, wanted)
    both = {each.hex() for each in found}
    if both and not visit.may(Permission.PROSPECTS_WRITE):
        return ""
    given = {
        "from": target,
        "moved": ".".join(each for each in ids if each not in both),
        "known": ".".join(each for each in ids if each in both),
    }
    return _put_back(source, given)


def to_members(source: str, ids: list[str]) -> str:
    """The address that puts people back who were taken out of an audience."""
    fits = 1 <= len(ids) <= _MAX and is_id(source) and all(map(is_id, ids))
    return _put_back(source, {"known": ".".join(ids)}) if fits else ""


def _put_back(audience_id: str, given: dict[str, str]) -> str:
    kept = {name: value for name, value in given.items() if value}
    return f"/audiences/{audience_id}/put-back?{urlencode(kept)}"


async def put_back(visit: Visit) -> Response:
    """People into the audience in which they were."""
    audience_id, form = visit.part("audienceId"), visit.form
    moved, known = (
        [each for each in form.get(name).split(".") if each] for name in ("moved", "known")
    )
    _check(len(moved) + len(known))
    if moved:
        path = ("audiences", form.get("from"), "move-leads")
        await visit.post(*path, targetAudienceId=audience_id, leadIds=moved)
    if known:
        await visit.post("audiences", audience_id, "prospects", prospectIds=known)
    told = counted(len(moved) + len(known), "person", "people")
    return visit.go(forms.back(visit), f"{told} put back, as the newest")


def _check(count: int) -> None:
    if not 1 <= count <= _MAX:
        raise Invalid(Problem("What to take back", f"must be 1 to {_MAX}"))
