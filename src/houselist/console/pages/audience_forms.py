"""Forms about audiences: a new one, its name, where it stands, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import listing_store as store
from houselist.console.pages import forms, taking_back
from houselist.console.words import counted
from houselist.errors import Impossible, Invalid, NotFound, Problem, Refusal
from houselist.folders import store as folders
from houselist.ids import is_id
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.texts import name_key
from houselist.web.authentication import check_permission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.console.visit import Visit
    from houselist.folders.shapes import Folder
    from houselist.web.response import Response

# As many are moved or deleted within the time that a request has.
_MAX_CHOSEN = 500


class Chosen(NamedTuple):
    """An audience that a form is about. `kind`: of which folders take it."""

    id: str
    name: str
    description: str | None
    kind: str
    folder: str
    people: int


async def _folders(visit: Visit) -> list[Folder]:
    check_permission(visit.key, Permission.AUDIENCES_READ)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        return await folders.get_all(connection, bytes.fromhex(visit.group))


async def _chosen(visit: Visit) -> list[Chosen]:
    """The audiences that are named. Raises NotFound where none is there, Invalid for too many."""
    check_permission(visit.key, Permission.AUDIENCES_READ)
    named = list(dict.fromkeys(visit.form.all("id") or visit.query.all("id")))
    if len(named) > _MAX_CHOSEN:
        raise Invalid(Problem("id", f"choose at most {_MAX_CHOSEN} audiences at a time"))
    if not all(map(is_id, named)):
        raise NotFound("There is no such audience.")
    ids = [bytes.fromhex(each) for each in named]
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        rows = await store.get_chosen(connection, bytes.fromhex(visit.group), ids)
    if not rows:
        raise NotFound("There is no such audience.")
    return [
        Chosen(
            row["id"].hex(),
            row["name"],
            row["description"],
            "monitoring" if row["type"] == "monitoring" else "on_demand",
            row["folder_id"].hex() if row["folder_id"] else "",
            row["prospect_count"],
        )
        for row in rows
    ]


async def new(visit: Visit) -> Response:
    """The form of a new audience."""
    if folder := visit.query.get("folder"):
        visit.form.pairs.append(("folder", folder))
    return await forms.show(visit, "audience_new.html", folders=await _folders(visit))


async def create(visit: Visit) -> Response:
    """Makes it, in the folder that is named."""
    known = await _folders(visit)
    form = visit.form
    given = form.get("name"), form.get("type"), form.get("folder")

    async def work() -> Response:
        name, type_, folder_id = given
        folder = next((each for each in known if each.id == folder_id), None)
        if folder and folder.audience_type != type_:
            raise Impossible(Problem("folder", "this folder is for audiences of the other kind"))
        described = form.get("description").replace("\r\n", "\n") or None
        made = await visit.post("audiences", name=name, type=type_, description=described)
        if folder:
            await visit.post("audiences", made["id"], "move-to-folder", folderId=folder.id)
        return visit.go(f"/audiences/{made['id']}", f"Created {made['name']}")

    return await forms.send(visit, work, "audience_new.html", folders=known)


async def menu(visit: Visit) -> Response:
    """What can be done with an audience, for whoever has no script."""
    audience = (await _chosen(visit))[0]
    return await visit.show(
        "menu.html",
        asked="menu_audience.html",
        name=audience.name,
        id=audience.id,
        people=audience.people,
    )


async def edit(visit: Visit) -> Response:
    """The form of an audience's name and description."""
    return await forms.show(visit, "audience_edit.html", audience=(await _chosen(visit))[0])


async def change(visit: Visit) -> Response:
    """Renames and describes it."""
    audience = (await _chosen(visit))[0]
    described = visit.form.get("description").replace("\r\n", "\n") or None

    async def work() -> Response:
        name = visit.form.get("name")
        await visit.patch("audiences", audience.id, name=name, description=described)
        return visit.go(forms.back(visit), f"Saved {name.strip()}")

    return await forms.send(visit, work, "audience_edit.html", audience=audience)


async def move(visit: Visit) -> Response:
    """Moves audiences into a folder, or shows the folders that take them."""
    chosen, known = await _chosen(visit), await _folders(visit)
    kinds = {each.kind for each in chosen}
    fitting = [each for each in known if kinds == {each.audience_type}]
    values: dict[str, Any] = {
        "audiences": chosen,
        "folders": fitting,
        "is_mixed": len(kinds) > 1,
        "kind": chosen[0].kind,
    }
    wanted = visit.form.get("folder")
    if not wanted:
        return await forms.show(visit, "audiences_move.html", **values)
    folder = next((each for each in known if each.id == wanted), None)
    if folder is None and wanted != "none":
        raise NotFound("There is no such folder.")

    moved = list[tuple[str, str]]()

    async def one(audience: Chosen) -> None:
        if folder:
            await visit.post("audiences", audience.id, "move-to-folder", folderId=folder.id)
        else:
            await visit.post("audiences", audience.id, "remove-from-folder")
        moved.append((audience.id, audience.folder))

    async def work() -> Response:
        await _each(chosen, one)
        what = chosen[0].name if len(chosen) == 1 else counted(len(chosen), "audience")
        where = f"to {folder.name}" if folder else "out of folders"
        undo = taking_back.to_folders(moved)
        return visit.go(forms.back(visit), f"Moved {what} {where}", undo)

    return await forms.send(visit, work, "audiences_move.html", **values)


async def delete(visit: Visit) -> Response:
    """Deletes audiences, once somebody is sure of it."""
    chosen = await _chosen(visit)
    is_one, is_large = len(chosen) == 1, any(each.people > forms.MANY_PEOPLE for each in chosen)
    to_type = ""
    if is_large:
        to_type = chosen[0].name if is_one else counted(len(chosen), "audience")
    values: dict[str, Any] = {
        "audiences": chosen,
        "people": sum(each.people for each in chosen),
        "to_type": to_type,
    }
    if not visit.form.get("sure"):
        return await forms.show(visit, "audiences_delete.html", **values)

    async def one(audience: Chosen) -> None:
        await visit.delete("audiences", audience.id)

    async def work() -> Response:
        if name_key(visit.form.get("typed").strip()) != name_key(to_type):
            raise Impossible(Problem("typed", f"type {to_type} to delete it, or keep it"))
        await _each(chosen, one)
        what = chosen[0].name if is_one else counted(len(chosen), "audience")
        # The form may have been opened from the page of what is gone now.
        gone = {f"/audiences/{each.id}" for each in chosen}
        back = forms.back(visit)
        return visit.go("/" if back.partition("?")[0] in gone else back, f"Deleted {what}")

    return await forms.send(visit, work, "audiences_delete.html", **values)


async def _each(chosen: list[Chosen], one: Callable[[Chosen], Awaitable[None]]) -> None:
    """Does it to each. Where it is refused for some, it is done to the others all the same."""
    refused = list[tuple[str, Refusal]]()
    for each in chosen:
        try:
            await one(each)
        except Refusal as refusal:
            if refusal.status >= 500 or len(chosen) == 1:
                raise
            refused.append((each.name, refusal))
    if refused:
        done = len(chosen) - len(refused)
        told = Impossible(*(Problem(name, why.details or why.message) for name, why in refused))
        told.message = f"{counted(done, 'audience')} done, {counted(len(refused), 'other')} not."
        raise told
