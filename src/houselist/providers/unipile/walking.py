"""From one page to the next: where the walk goes on, and when it is over. Pure.

LinkedIn's pages are not reliable: one may come twice, be empty in between, or be shorter than
requested, and the total changes on the way. No person may be lost by that, and no walk may be
endless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec.structs import replace

from houselist.providers.base import Broken
from houselist.providers.packing import mark_of_page
from houselist.providers.unipile.cursors import Position

if TYPE_CHECKING:
    from houselist.providers.fields import Json

# Pages in a row without anything new. Each cursor leads on; an offset is requested again.
_MAX_STALE: Final = 20
_MAX_STALE_AT_OFFSET: Final = 3
# LinkedIn shows no more than 1,000 people of a search, and 2,500 in Sales Navigator ("Provider
# limits and restrictions").
_SHOWN: Final = 1_000


class Listed(NamedTuple):
    """A page as Unipile gives it.

    `length` also counts items that are no objects. `closed`: it says itself that no cursor follows,
    which other pages leave out.
    """

    items: list[Json]
    length: int
    cursor: str | None
    total: int | None
    closed: bool


class Onward(NamedTuple):
    """The position of the next page, None at the end, and what people should know about it."""

    position: Position | None
    notes: tuple[str, ...] = ()


def by_cursor(position: Position, page: Listed, limit: int | None = None) -> Onward:
    """Where Unipile's own cursor leads, with pages of the same size. Raises Broken for a circle."""
    if page.cursor is None:
        return Onward(None)
    seen = mark_of_page(page.items)
    stale = 0 if seen and seen != position.seen else position.stale + 1
    if stale > _MAX_STALE:
        raise _circle()
    rows = position.offset + page.length
    return Onward(Position(page.cursor, rows, stale, seen or position.seen, limit))


def ended(position: Position, page: Listed, onward: Onward) -> Onward:
    """The same, noted where a walk ends before all that Unipile counts: LinkedIn shows so many."""
    # An older version counted no rows at a cursor, and kept no size.
    is_counted = position.cursor is None or position.limit is not None
    rows = position.offset + page.length
    if onward.position is not None or onward.notes or not is_counted:
        return onward
    if page.total is None or rows >= page.total:
        return onward
    return Onward(None, (_ended_early(rows, page.total),))


def by_offset(position: Position, page: Listed, limit: int) -> Onward:
    """The rows after those that came. An offset without anything new is requested again.

    Raises Broken for a page that never changes.
    """
    seen = mark_of_page(page.items)
    if page.total is None:
        page = page._replace(total=position.total)
    # A page of one person that comes twice may well be two rows.
    if page.length and (seen != position.seen or page.length == 1):
        offset = position.offset + page.length
        stale = 0 if seen != position.seen else position.stale + 1
        if stale > _MAX_STALE:
            raise _circle()
        if _is_last(page, offset, limit):
            return Onward(None)
        return Onward(Position(None, offset, stale, seen, position.limit, page.total))
    if not page.length and (page.total is None or position.offset >= page.total):
        return Onward(None)
    if position.stale >= _MAX_STALE_AT_OFFSET:
        return Onward(None, (_ended_early(position.offset, page.total),))
    return Onward(replace(position, stale=position.stale + 1, total=page.total))


def by_either(position: Position, page: Listed, limit: int) -> Onward:
    """By cursor where Unipile gives one, else by offset."""
    if page.cursor is not None or position.cursor is not None:
        return by_cursor(position, page, limit)
    return by_offset(position, page, limit)


def behind_the_last(position: Position) -> Onward:
    """The end, where Unipile refuses to begin a page at this offset."""
    if position.total is None or position.offset >= position.total:
        return Onward(None)
    return Onward(None, (_ended_early(position.offset, position.total),))


def by_less(position: Position, limit: int) -> Onward | None:
    """The same position with half the page; None where there is no smaller one to ask for.

    A cursor belongs to the size of page that it was made for.
    """
    if limit <= 1 or position.cursor is not None:
        return None
    return Onward(replace(position, limit=limit // 2))


def _circle() -> Broken:
    return Broken("Unipile sends the same page again and again.", again=False)


def _is_last(page: Listed, offset: int, limit: int) -> bool:
    short = page.length < limit
    if page.total is None:
        # A short page alone may be one that Unipile made smaller than requested.
        return short and page.closed
    # A total below what a full page reaches has shrunk on the way, which proves nothing.
    return offset == page.total or (short and offset > page.total)


def _ended_early(rows: int, total: int | None) -> str:
    of_all = "" if total is None else f" of the {total} it counts"
    words = f"Unipile sent {rows} people{of_all}, and nobody after them."
    if rows < _SHOWN:
        return words
    return f"{words} LinkedIn shows no more of one search: narrow it to find the rest."
