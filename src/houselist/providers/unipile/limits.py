"""What a LinkedIn account bears a day and at once, by Unipile's advice, and the size of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import SearchUrl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.base import Kind, ProviderQuery

NAME: Final = "unipile"
CONCURRENCY: Final = 1
LIMITS: Final[Mapping[Kind, int]] = {
    "searchRows": 1000,
    "salesRows": 2500,
    "profiles": 100,
    "pages": 100,
}
# Saved searches and lead lists by name: as many as v2 documents.
NAMED_PAGE: Final = 100


def page_size(query: ProviderQuery) -> int:
    """Unipile's maximum; it refuses more."""
    match query:
        case SearchUrl(product="classic"):
            return 50
        case _:
            return 100


def page_limit(query: ProviderQuery, limit: int) -> int:
    """How many to ask for."""
    return max(1, min(limit, page_size(query)))
