"""Where a search goes on, as the opaque text stored between two pages. Pure.

From the page "Output Response - Person Search API": each page has a `scroll_token` for the next one
and the `total`.
"""

from __future__ import annotations

from typing import Final, cast

import msgspec

from houselist.providers import packing
from houselist.providers.base import Broken
from houselist.providers.fields import Json, count, objects
from houselist.providers.people_data_labs.calls import not_as_documented
from houselist.providers.people_data_labs.limits import TITLE
from houselist.providers.people_data_labs.unconfirmed import ENDS_AT_TOTAL, SAME_PAGE

_MAX_CHARACTERS: Final = 16_384
_MAX_TOKEN: Final = 4_096


# Running jobs keep these texts, so the names in them stay.
class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pdl", tag_field="is"):
    """Behind a page: the token that it came with and how many records came so far.

    `seen`: the fingerprint of the page's people; `query`: that of the search, whose tokens lead
    nowhere in another one.
    """

    token: str
    found: int
    seen: str
    query: str


class Found(msgspec.Struct, frozen=True):
    """A page: its records, where the next one is, and how many there are in all, if it says so."""

    records: list[Json]
    onward: Place | None
    total: int | None


def read_page(body: object, place: Place | None, query: str) -> Found:
    """The page in a response to a search. Raises Broken, also where the same page came again.

    A page that came twice would be paid for again and again.
    """
    if not isinstance(body, dict):
        raise not_as_documented()
    page = cast("Json", body)
    data, token = page.get("data"), page.get("scroll_token")
    if not isinstance(data, list) or not isinstance(token, str | None):
        raise not_as_documented()
    records = objects(cast("object", data))
    found = (place.found if place else 0) + len(cast("list[object]", data))
    total, seen = count(page.get("total")), packing.mark_of_page(records)
    is_all = ENDS_AT_TOTAL.value and total is not None and found >= total
    if not token or not records or is_all:
        return Found(records, None, total)
    if len(token) > _MAX_TOKEN:
        raise not_as_documented()
    if SAME_PAGE.value and place is not None and (token == place.token or seen == place.seen):
        raise Broken(f"{TITLE} sends the same page again.", again=False)
    return Found(records, Place(token, found, seen, query), total)


def unpack(cursor: str, query: str) -> Place:
    """The place of such a text. Raises Broken for anything else, and for that of another search."""
    place = packing.unpack(cursor, Place, _MAX_CHARACTERS)
    if place is None or place.query != query or place.found < 0 or not place.token:
        raise _lost()
    return place


def _lost() -> Broken:
    words = "The position in the search is lost. Start a new job for it."
    return Broken(words, again=False, unspent=True)
