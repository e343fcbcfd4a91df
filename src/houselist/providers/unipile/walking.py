"""From one page to the next: where the walk goes on, and when it is over. Pure.

LinkedIn's pages are not reliable: one may come twice, be empty in between, or be shorter than was
asked, and the total changes on the way. Nobody may be lost by that, and no walk may be endless.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from houselist.providers.base import Broken
from houselist.providers.unipile.cursors import Place
from houselist.providers.unipile.fields import Json, text

if TYPE_CHECKING:
    from collections.abc import Sequence

# Pages in a row that may bring nothing new. Each cursor leads on; an offset is asked for again.
_MOST_STALE: Final = 20
_MOST_STALE_AT_OFFSET: Final = 3


class Listed(NamedTuple):
    """A page as Unipile gives it.

    `length` counts what is no object as well. `closed`: it says itself that no cursor follows,
    where others leave that out.
    """

    items: list[Json]
    length: int
    cursor: str | None
    total: int | None
    closed: bool


class Onward(NamedTuple):
    """The place of the next page, None at the end, and what people should know about it."""

    place: Place | None
    notes: tuple[str, ...] = ()


def by_cursor(place: Place, page: Listed) -> Onward:
    """Where Unipile's own cursor leads. Raises Broken when it leads in a circle."""
    if page.cursor is None:
        return Onward(None)
    seen = _fingerprint(page.items)
    stale = 0 if seen and seen != place.seen else place.stale + 1
    if stale > _MOST_STALE:
        raise _circle()
    return Onward(Place(page.cursor, 0, stale, seen or place.seen))


def by_offset(place: Place, page: Listed, most: int) -> Onward:
    """The rows after those that came. A place that brings nothing new is asked for again.

    Raises Broken for a page that never changes.
    """
    seen = _fingerprint(page.items)
    # The same single person twice in a row may well be two rows.
    if page.length and (seen != place.seen or page.length == 1):
        offset = place.offset + page.length
        stale = 0 if seen != place.seen else place.stale + 1
        if stale > _MOST_STALE:
            raise _circle()
        return Onward(None if _is_last(page, offset, most) else Place(None, offset, stale, seen))
    if not page.length and (page.total is None or place.offset >= page.total):
        return Onward(None)
    if place.stale >= _MOST_STALE_AT_OFFSET:
        return Onward(None, (_ended_early(place, page),))
    return Onward(Place(None, place.offset, place.stale + 1, place.seen))


def by_either(place: Place, page: Listed, most: int) -> Onward:
    """By cursor where Unipile gives one, else by offset."""
    if page.cursor is not None or place.cursor is not None:
        return by_cursor(place, page)
    return by_offset(place, page, most)


def _circle() -> Broken:
    return Broken("Unipile gives the same page again and again.", again=False)


def _is_last(page: Listed, offset: int, most: int) -> bool:
    short = page.length < most
    if page.total is None:
        # A short page alone may be one that Unipile made smaller than was asked.
        return short and page.closed
    # A total below what a full page reaches has shrunk on the way, and proves nothing.
    return offset == page.total or (short and offset > page.total)


def _ended_early(place: Place, page: Listed) -> str:
    of_all = "" if page.total is None else f" of the {page.total} it counts"
    return f"Unipile gave {place.offset}{of_all} and nothing after them."


def _fingerprint(items: Sequence[Json]) -> str:
    """The same for two pages with the same people; empty for an empty one."""
    if not items:
        return ""
    ids = [text(item.get("id")) for item in items]
    return hashlib.blake2b(msgspec.json.encode(ids), digest_size=8).hexdigest()
