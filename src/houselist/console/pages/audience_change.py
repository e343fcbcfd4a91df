"""What changes an audience itself: its name, its folder, that it is emptied or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from houselist.console.pages.audience import facts, show
from houselist.errors import Conflict, Invalid, Problem
from houselist.folders import store as folders
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.console.pages.audience import Facts
    from houselist.console.visit import Visit
    from houselist.web.response import Response

# The name of an audience with more people than this is typed before they are let go.
TYPED_FROM: Final = 1_000


async def change(visit: Visit) -> Response:
    """Another name or description; or the form again, with why not."""
    known = await facts(visit)
    name, description = visit.form.get("name"), visit.form.get("description").strip()
    try:
        await visit.patch("audiences", known.id, name=name, description=description or None)
    except (Invalid, Conflict) as refusal:
        if visit.wants_part:
            raise
        known.name, known.description = name, description
        return await show(visit, known, status=refusal.status, unsaved=refusal)
    return visit.go(f"/audiences/{known.id}", "Saved")


async def ask_folder(visit: Visit) -> Response:
    """Where the audience can go: the folders of its type."""
    known = await facts(visit)
    kind = "monitoring" if known.type == "monitoring" else "on_demand"
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        found = await folders.get_all(connection, bytes.fromhex(visit.group))
    fitting = [each for each in found if each.audience_type == kind]
    return await ask(visit, "audience_folder.html", audience=known, folders=fitting)


async def move(visit: Visit) -> Response:
    """Into another folder, or out of it."""
    id_, folder = visit.part("audienceId"), visit.form.get("folder")
    if not folder:
        await visit.post("audiences", id_, "remove-from-folder")
        return visit.go(f"/audiences/{id_}", "It is in no folder now")
    await visit.post("audiences", id_, "move-to-folder", folderId=folder)
    return visit.go(f"/audiences/{id_}", "Moved to the folder")


async def ask_empty(visit: Visit) -> Response:
    """Whether everybody is to be taken out."""
    return await _ask_to_let_go(visit, "empty")


async def ask_delete(visit: Visit) -> Response:
    """Whether the audience is to be deleted."""
    return await _ask_to_let_go(visit, "delete")


async def empty(visit: Visit) -> Response:
    """Everybody out."""
    known = await facts(visit)
    _check_typed(visit, known)
    await visit.post("audiences", known.id, "empty")
    return visit.go(f"/audiences/{known.id}", "It is empty now")


async def delete(visit: Visit) -> Response:
    """The audience is gone; its people stay."""
    known = await facts(visit)
    _check_typed(visit, known)
    await visit.delete("audiences", known.id)
    return visit.go("/", f"{known.name} is deleted")


async def _ask_to_let_go(visit: Visit, what: str) -> Response:
    known = await facts(visit)
    typed = known.people > TYPED_FROM
    return await ask(visit, "audience_ask.html", audience=known, what=what, typed=typed)


async def ask(visit: Visit, template: str, **values: Any) -> Response:
    """A question in a dialog for a script, else as a page."""
    if visit.wants_part:
        return visit.show_part(template, **values)
    return await visit.show("asking.html", asked=template, **values)


def _check_typed(visit: Visit, known: Facts) -> None:
    """That the name was typed where many people are about to go. Raises Invalid."""
    if known.people > TYPED_FROM and visit.form.get("typed").strip() != known.name:
        raise Invalid(Problem("Name", f"is not typed as it is: {known.name}"))
