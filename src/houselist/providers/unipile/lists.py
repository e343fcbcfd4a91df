"""Pages as Unipile sends them: the envelope of either version, and people or names out of it. Pure.

walking.py decides which page comes next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from houselist.providers.base import Named, ProviderPage
from houselist.providers.fields import Json, count, digits, first_text, inner, objects, text
from houselist.providers.packing import pack
from houselist.providers.unipile.cursors import START, Position, unpack
from houselist.providers.unipile.failures import not_as_documented
from houselist.providers.unipile.people import found_person
from houselist.providers.unipile.walking import Listed

if TYPE_CHECKING:
    from houselist.providers.base import ProviderPerson
    from houselist.providers.unipile.walking import Onward

_BY_ADDRESS: Final = "The id of another one stands in its address on Sales Navigator."
# An address may be that of a search for something else than people.
_NO_PEOPLE: Final = frozenset({"COMPANY", "COMPANIES", "POST", "JOB", "ORGANIZATION"})


def position_of(cursor: str | None) -> Position:
    """Where a walk goes on. Raises Broken for a cursor that is none."""
    return START if cursor is None else unpack(cursor, Position)


def listed(body: Json, items: str, cursor: str) -> Listed:
    """The page in an envelope whose keys are `items` and `cursor`. Raises Broken."""
    found = body.get(items)
    following = body.get(cursor)
    if not isinstance(found, list) or not isinstance(following, str | None):
        raise not_as_documented()
    total = next(
        (
            known
            for value in (
                inner(body.get("paging")).get("total_count"),
                body.get("total_count"),
                body.get("total_items"),
            )
            if (known := count(value)) is not None
        ),
        None,
    )
    return Listed(
        items=objects(cast("object", found)),
        length=len(cast("list[object]", found)),
        cursor=following or None,
        total=total,
        closed=cursor in body and not following,
    )


def people_page(page: Listed, onward: Onward) -> ProviderPage[ProviderPerson]:
    """The people on a page."""
    people = [found_person(item) for item in page.items if _is_person(item)]
    return ProviderPage(people, _cursor(onward), page.total, onward.notes)


def cut_off(position: Position, page: Listed, onward: Onward, limit: int) -> Onward:
    """The same, noted where a list that has no cursor fills the only page that there is of it."""
    is_whole = page.length < limit or page.length == page.total
    if position.cursor is not None or onward.position is not None or is_whole:
        return onward
    words = f"Unipile names only the first {page.length}, and there may be more."
    return onward._replace(notes=(f"{words} {_BY_ADDRESS}",))


def named_fewer(page: Listed, onward: Onward) -> Onward:
    """The same; what a walk over people says of an early end is said of names."""
    if not onward.notes:
        return onward
    counted = "" if page.total is None else f" than the {page.total} that it counts"
    return onward._replace(notes=(f"Unipile names fewer{counted}. {_BY_ADDRESS}",))


def named_page(page: Listed, onward: Onward) -> ProviderPage[Named]:
    """The saved searches or lists on a page; one without a usable id is left out."""
    names = [
        Named(number, first_text((item.get("title"), item.get("name"))) or number)
        for item in page.items
        if (number := digits(item.get("id")))
    ]
    return ProviderPage(names, _cursor(onward), page.total, onward.notes)


def _cursor(onward: Onward) -> str | None:
    return None if onward.position is None else pack(onward.position)


def _is_person(item: Json) -> bool:
    return (text(item.get("type")) or "").upper() not in _NO_PEOPLE
