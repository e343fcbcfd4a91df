"""When a monitoring audience is filled again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from houselist.errors import Invalid, Problem

if TYPE_CHECKING:
    from houselist.console.visit import Visit
    from houselist.web.response import Response


async def set_schedule(visit: Visit) -> Response:
    """Sets the schedule or ends it, by the button that was pressed."""
    audience_id, form = visit.part("audienceId"), visit.form
    back = f"/audiences/{audience_id}/fill?source={form.get('source') or 'search'}"
    if form.get("do") == "stop":
        await visit.delete("audiences", audience_id, "schedule")
        return visit.go(back, "The schedule has ended.")
    body: dict[str, Any] = {"every": form.get("every")}
    if starts := form.get("starts"):
        body["startsAt"] = _moment(starts)
    await visit.put("audiences", audience_id, "schedule", **body)
    return visit.go(back, "The schedule is set.")


def _moment(text: str) -> str:
    """The time of a form, which is in UTC, as the API takes it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()
    except ValueError as error:
        raise Invalid(Problem("First run", "must be a date and a time")) from error
