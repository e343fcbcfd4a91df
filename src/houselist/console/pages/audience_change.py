"""What changes an audience on its own page: its name and description, and that it is emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.console.pages import forms
from houselist.console.pages.audience import facts, show
from houselist.errors import Conflict, Invalid, Problem

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response


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


async def ask_empty(visit: Visit) -> Response:
    """Whether everybody is to be taken out."""
    known = await facts(visit)
    typed = known.people > forms.MANY_PEOPLE
    return await ask(visit, "audience_empty.html", audience=known, typed=typed)


async def empty(visit: Visit) -> Response:
    """Everybody out."""
    known = await facts(visit)
    if known.people > forms.MANY_PEOPLE and visit.form.get("typed").strip() != known.name:
        raise Invalid(Problem("Name", f"is not typed as it is: {known.name}"))
    await visit.post("audiences", known.id, "empty")
    return visit.go(f"/audiences/{known.id}", "It is empty now")


async def ask(visit: Visit, template: str, **values: Any) -> Response:
    """A question in a dialog for a script, else as a page."""
    if visit.wants_part:
        return visit.show_part(template, **values)
    return await visit.show("asking.html", asked=template, **values)
