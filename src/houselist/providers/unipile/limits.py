"""What a LinkedIn account bears a day and at once, by Unipile's advice, and the size of pages."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Final

from houselist.providers.base import (
    Broken,
    Budget,
    Commenters,
    Cost,
    PageSizes,
    SearchUrl,
    SizesOfWalk,
)
from houselist.providers.fields import count, decoded, inner
from houselist.providers.unipile.cursors import Position, Thread, unpack
from houselist.providers.unipile.unconfirmed import (
    CLASSIC_PAGE,
    CURSOR_HOLDS_SIZE,
    NAMED_PAGE,
    OTHER_PAGE,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.base import Kind, ProviderQuery, QueryKind

NAME: Final = "unipile"
SOURCES: Final[frozenset[QueryKind]] = frozenset(
    ("searchUrl", "savedSearch", "leadList", "commenters")
)
CONCURRENCY: Final = 1
PROFILES: Final = "profiles"
PAGES: Final = "pages"
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
# `pages` are all requests that are none of the others.
BUDGETS: Final[Mapping[Kind, Budget]] = {
    "searchRows": Budget(1000, "rows of searches"),
    "salesRows": Budget(2500, "rows of Sales Navigator or Recruiter"),
    PROFILES: Budget(100, "profiles"),
    PAGES: Budget(100, "other requests"),
}


def cost(query: ProviderQuery) -> Cost:
    """What a page is counted as."""
    match query:
        case SearchUrl(product="classic"):
            return Cost("searchRows", by_person=True)
        case Commenters():
            return Cost(PAGES, by_person=False)
        case _:
            return Cost("salesRows", by_person=True)


def page_sizes(query: ProviderQuery, cursor: str | None) -> PageSizes:
    """As many as one likes, up to Unipile's maximum; at a cursor, as many as on the page before.

    Its cursor holds the size of page that it was made for.
    """
    return _sizes(query, _position(query, cursor))


def sizes_of_walk(query: ProviderQuery, cursor: str | None) -> PageSizes:
    """The same where only cursors of Unipile lead on: the first page's size is that of all."""
    sizes = page_sizes(query, cursor)
    return sizes if sizes.smallest == sizes.largest else SizesOfWalk(*sizes)


def page_limit(query: ProviderQuery, position: Position | None, limit: int) -> int:
    """How many to ask for at this position."""
    smallest, largest = _sizes(query, position)
    return max(smallest, min(limit, largest))


def named_limit(position: Position) -> int:
    """How many saved searches or lead lists to ask for."""
    return NAMED_PAGE.value if position.limit is None else min(position.limit, NAMED_PAGE.value)


def _sizes(query: ProviderQuery, position: Position | None) -> PageSizes:
    largest = _largest(query)
    if position is None:
        return PageSizes(1, largest)
    held = None if position.cursor is None else _held(position.cursor)
    known = min(held or position.limit or largest, largest)
    is_fixed = position.cursor is not None and (held or position.limit) is not None
    return PageSizes(known if is_fixed else 1, known)


def _held(cursor: str) -> int | None:
    """The size of page in Unipile's own cursor; None where there is none to be read."""
    try:
        packed = cursor.encode("ascii").translate(_URL_SAFE)
        found = decoded(urlsafe_b64decode(packed + b"=" * (-len(packed) % 4)))
    except ValueError:
        return None
    return count(inner(found).get(CURSOR_HOLDS_SIZE.value)) or None


def _largest(query: ProviderQuery) -> int:
    """Unipile's maximum; it refuses more."""
    match query:
        case SearchUrl(product="classic"):
            return CLASSIC_PAGE.value
        case _:
            return OTHER_PAGE.value


def _position(query: ProviderQuery, cursor: str | None) -> Position | None:
    """Where the cursor leads; None for one that makes no sense, which asking then refuses."""
    if cursor is None:
        return None
    try:
        if isinstance(query, Commenters):
            return unpack(cursor, Thread).current
        return unpack(cursor, Position)
    except Broken:
        return None
