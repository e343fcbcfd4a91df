"""What forms share that are a page of their own, or a dialog above one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.console.visit import own_address
from houselist.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.console.visit import Visit
    from houselist.web.response import Response

# The name of an audience with more people than this is typed before they are let go.
MANY_PEOPLE = 1_000


def back(visit: Visit) -> str:
    """The page from which the form was opened."""
    return own_address(visit.form.get("_back") or visit.query.get("back"))


async def show(
    visit: Visit, template: str, refusal: Refusal | None = None, **values: Any
) -> Response:
    """The form, with what was entered; `refusal`: why it was not done."""
    return await visit.show_dialog(
        template,
        status=refusal.status if refusal else 200,
        refusal=refusal,
        problems=getattr(refusal, "problems", ()),
        form=visit.form,
        back=back(visit),
        **values,
    )


async def send(
    visit: Visit,
    work: Callable[[], Awaitable[Response]],
    template: str,
    **values: Any,
) -> Response:
    """Does what a form is for. A refusal is told in the form, which keeps what was entered."""
    try:
        return await work()
    except Refusal as refusal:
        if visit.wants_part or refusal.status >= 500:
            raise
        return await show(visit, template, refusal, **values)
