"""Keys: which there are, making one, which is shown once, and revoking them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from houselist.console import keys_shown
from houselist.errors import Invalid, Problem
from houselist.permissions import Permission

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response

_NO_DAY = Problem("expiresAt", "is not a date: write 2027-01-31")
_LABELS = {"name": "Name", "permissions": "Permissions", "expiresAt": "Last day"}


async def keys(visit: Visit) -> Response:
    """The page."""
    page = await visit.get("keys", **visit.query.given("cursor"))
    now, own = datetime.now(UTC), visit.key.id.hex()
    rows = [keys_shown.row(each, own, now) for each in page["items"]]
    may_write = visit.may(Permission.KEYS_WRITE)
    return await visit.show("keys.html", rows=rows, page=page, may_write=may_write)


async def new_key(visit: Visit) -> Response:
    """The form for a key."""
    return await _form(visit, {})


async def make_key(visit: Visit) -> Response:
    """Makes the key and shows it, this once; or the form again, with what is wrong."""
    form = visit.form
    try:
        ends = keys_shown.ends_after(form.get("last_day"), visit.key.expires_at)
        made = await visit.post(
            "keys",
            name=form.get("name"),
            permissions=form.all("permissions"),
            expiresAt=ends,
        )
    except (Invalid, ValueError, OverflowError) as error:
        found = error.problems if isinstance(error, Invalid) else (_NO_DAY,)
        problems = {each.path.partition("[")[0]: each.message for each in found}
        return await _form(visit, problems, status=getattr(error, "status", 400))
    return await visit.show(
        "key_made.html", made=made, may=keys_shown.permissions(made["permissions"])
    )


async def _form(visit: Visit, problems: dict[str, str], status: int = 200) -> Response:
    values: dict[str, Any] = {
        "choices": keys_shown.choices(visit.key.permissions),
        "problems": {path: f"{_LABELS.get(path, path)} {what}" for path, what in problems.items()},
        "latest": visit.key.expires_at,
        "form": visit.form,
    }
    return await visit.show("key_new.html", status=status, **values)


async def revoke_key(visit: Visit) -> Response:
    """Revokes a key; the list says so, to whoever is not signed in with it."""
    gone = await visit.delete("keys", visit.part("keyId"))
    if gone["id"] == visit.key.id.hex():
        # It may open a page for another second.
        return visit.go("/sign-in")
    return visit.go("/keys", f"Revoked {gone['name']}")
