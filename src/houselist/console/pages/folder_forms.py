"""Forms about folders: a new one, its name, its pin, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.console import frame_store
from houselist.console.pages import forms
from houselist.errors import NotFound
from houselist.folders import store as folders
from houselist.permissions import Permission
from houselist.postgres import db
from houselist.web.authentication import check_permission

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.folders.shapes import Folder
    from houselist.web.response import Response


async def _named(visit: Visit) -> tuple[Folder, int]:
    """The folder that is named, and how many audiences it has. Raises NotFound."""
    check_permission(visit.key, Permission.AUDIENCES_READ)
    wanted, group = visit.form.get("id") or visit.query.get("id"), bytes.fromhex(visit.group)
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        known = await folders.get_all(connection, group)
        held = await frame_store.count_by_folder(connection, group)
    for folder in known:
        if folder.id == wanted:
            return folder, held.get(bytes.fromhex(wanted), frame_store.Held()).audiences
    raise NotFound("There is no such folder.")


async def new(visit: Visit) -> Response:
    """The form of a new folder."""
    if type_ := visit.query.get("type"):
        visit.form.pairs.append(("type", type_))
    return await forms.show(visit, "folder_form.html", folder=None)


async def create(visit: Visit) -> Response:
    """Makes it."""

    async def work() -> Response:
        name, type_ = visit.form.get("name"), visit.form.get("type")
        made = await visit.post("audiences", "folders", name=name, audienceType=type_)
        return visit.go(forms.back(visit), f"Created the folder {made['name']}")

    return await forms.send(visit, work, "folder_form.html", folder=None)


async def menu(visit: Visit) -> Response:
    """What can be done with a folder, for whoever has no script."""
    folder, _ = await _named(visit)
    return await visit.show(
        "menu.html",
        asked="menu_folder.html",
        name=folder.name,
        id=folder.id,
        is_pinned=folder.is_pinned,
    )


async def edit(visit: Visit) -> Response:
    """The form of a folder's name."""
    folder, _ = await _named(visit)
    return await forms.show(visit, "folder_form.html", folder=folder)


async def change(visit: Visit) -> Response:
    """Renames it."""
    folder, _ = await _named(visit)

    async def work() -> Response:
        made = await visit.patch("audiences", "folders", folder.id, name=visit.form.get("name"))
        return visit.go(forms.back(visit), f"Saved {made['name']}")

    return await forms.send(visit, work, "folder_form.html", folder=folder)


async def pin(visit: Visit) -> Response:
    """Puts it to the top, or back among the others."""
    id_, is_pinned = visit.query.get("id"), visit.query.get("pin") == "1"
    made = await visit.patch("audiences", "folders", id_, isPinned=is_pinned)
    return visit.go(forms.back(visit), f"{'Pinned' if is_pinned else 'Unpinned'} {made['name']}")


async def confirm(visit: Visit) -> Response:
    """Asks whether to delete it."""
    folder, audiences = await _named(visit)
    return await forms.show(visit, "folder_delete.html", folder=folder, audiences=audiences)


async def delete(visit: Visit) -> Response:
    """Deletes it; its audiences stay."""
    folder, audiences = await _named(visit)

    async def work() -> Response:
        await visit.delete("audiences", "folders", folder.id)
        return visit.go(forms.back(visit), f"Deleted the folder {folder.name}")

    values = {"folder": folder, "audiences": audiences}
    return await forms.send(visit, work, "folder_delete.html", **values)
