"""What a LinkedIn account bears a day and at once, by Unipile's advice, and the size of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import (
    Budget,
    Commenters,
    Cost,
    PageSizes,
    SearchUrl,
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
# `pages` are all requests that are none of the others.
BUDGETS: Final[Mapping[Kind, Budget]] = {
    "searchRows": Budget(1000, "rows of searches"),
    "salesRows": Budget(2500, "rows of Sales Navigator or Recruiter"),
    PROFILES: Budget(100, "profiles"),
    PAGES: Budget(100, "other requests"),
}
# Saved searches and lead lists by name: as many as v2 documents.
NAMED_PAGE: Final = 100


def cost(query: ProviderQuery) -> Cost:
    """What a page is counted as."""
    match query:
        case SearchUrl(product="classic"):
            return Cost("searchRows", by_person=True)
        case Commenters():
            return Cost(PAGES, by_person=False)
        case _:
            return Cost("salesRows", by_person=True)


def page_size(query: ProviderQuery) -> int:
    """Unipile's maximum; it refuses more."""
    match query:
        case SearchUrl(product="classic"):
            return 50
        case _:
            return 100


def page_sizes(query: ProviderQuery) -> PageSizes:
    """As many as one likes, up to Unipile's maximum."""
    return PageSizes(1, page_size(query))


def page_limit(query: ProviderQuery, limit: int) -> int:
    """How many to ask for."""
    return max(1, min(limit, page_size(query)))
