"""What People Data Labs has, what is counted, and how much of it a request may ask for.

From its pages "Person Search API" and "Bulk Person Enrichment API": each record of a search and
each match of a look-up costs one credit, and both kinds of credits are counted apart; `size` is 1
to 100, and so are the requests of a bulk. "Usage Limits": so many requests a minute for each key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.providers.base import Budget, PageSizes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.providers.base import Kind, ProfileKind, QueryKind, Told

NAME: Final = "people_data_labs"
TITLE: Final = "People Data Labs"
API_VERSION: Final = "v5"
BASE_URL: Final = "https://api.peopledatalabs.com"
SOURCES: Final[frozenset[QueryKind]] = frozenset(("searchUrl",))

SEARCHES: Final[Kind] = "searchCredits"
LOOK_UPS: Final[Kind] = "lookUpCredits"
# Credits are money, and one search may find millions: a day costs no more than this unless the
# connection says so.
BUDGETS: Final[Mapping[Kind, Budget]] = {
    SEARCHES: Budget(1000, "credits for searches"),
    LOOK_UPS: Budget(1000, "credits for look-ups"),
}
PAGES: Final = PageSizes(1, 100)
BATCH: Final = 100
# A search answers in seconds, and ten of them a minute are the usual limit.
CONCURRENCY: Final = 2
# The pages speak of addresses with a public name alone.
FINDS_BY: Final[frozenset[ProfileKind]] = frozenset(("in",))
# A search sends whole records; e-mail addresses are left out until they are asked for.
SEARCH_TELLS: Final[frozenset[Told]] = frozenset(("profile",))
