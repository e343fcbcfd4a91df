"""From the address of a search to what it asks for: read once, for every provider. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from houselist.linkedin import Refused
from houselist.linkedin.search import read_search_page
from houselist.linkedin.search_parameters import search_parameters
from houselist.searches.flat import read_flat
from houselist.searches.notes import named
from houselist.searches.sales import read_query
from houselist.searches.shapes import Condition, PeopleSearch, UnreadableSearch, Value
from houselist.searches.values import condition_of

if TYPE_CHECKING:
    from houselist.linkedin.address import LinkedInPage
    from houselist.searches.shapes import Product

# Far more than LinkedIn's own pages can set. Each one that is not heeded is named in the job.
MAX_CONDITIONS: Final = 100

# Recruiter keeps the filters at LinkedIn and puts only these numbers into the address.
_HANDLES: Final = frozenset(
    {"savedsearch", "savedsearchid", "searchcachekey", "searchcontextid", "searchhistoryid"}
)


@lru_cache(maxsize=32)
def read_people_search(product: Product, url: str) -> PeopleSearch:
    """What an address that parse_search accepted asks for. Raises UnreadableSearch.

    The pages of a job ask for the same search again and again, so the last few are kept.
    """
    try:
        page = read_search_page(url)
    except Refused as error:
        raise UnreadableSearch(str(error)) from error
    conditions = _recruiter(page) if product == "recruiter" else _others(page)
    if len(conditions) > MAX_CONDITIONS:
        raise UnreadableSearch(
            f"This search has {len(conditions):,} filters. Leave some out, so that there are no"
            f" more than {MAX_CONDITIONS}."
        )
    for each in conditions:
        _check_possible(each)
    return PeopleSearch(product, tuple(conditions))


def _others(page: LinkedInPage) -> list[Condition]:
    parameters, path = search_parameters(page), _path(page)
    if page.names[:1] != ("sales",):
        return [*path, *read_flat(parameters)]
    queries = dict.fromkeys(each.value for each in parameters if each.plain == "query")
    if len(queries) > 1:
        raise UnreadableSearch(str(Refused("two_searches")))
    found = [condition for query in queries if query for condition in read_query(query)]
    return [*path, *found, *read_flat([each for each in parameters if each.plain != "query"])]


def _path(page: LinkedInPage) -> list[Condition]:
    """What the path asks for: people of a company or a school, or a list of Sales Navigator's."""
    match page.names:
        case ("company" | "showcase", owner, "people", *_) | ("sales", "company", owner, *_):
            return [Condition("company", "company", (Value(owner, None),))]
        case ("school", owner, "people", *_):
            return [Condition("school", "school", (Value(owner, None),))]
        case ("sales", "search", "people", "list", "employees-for-account", owner, *_):
            return [Condition("employees-for-account", "company", (Value(owner, None),))]
        case ("sales", "search", "people", *rest) if rest:
            return condition_of("list", "other", [("", "/".join(rest))])
        case _:
            return []


def _recruiter(page: LinkedInPage) -> list[Condition]:
    """Keywords may be in the address; the other filters are not."""
    parameters = search_parameters(page)
    handles = [each for each in parameters if each.plain in _HANDLES]
    found = read_flat([each for each in parameters if each.plain not in _HANDLES])
    if not found:
        raise UnreadableSearch(
            "The filters of this Recruiter search are not in its address. Give the address of a"
            " LinkedIn or Sales Navigator search, or a Recruiter address that has the keywords."
        )
    hidden = [condition_of(each.name, "other", [("", each.text)]) for each in handles]
    return [*found, *(condition for each in hidden for condition in each)]


def _check_possible(condition: Condition) -> None:
    """Raises UnreadableSearch if a filter rules out all that it asks for."""
    wanted, unwanted = set(condition.include), set(condition.exclude)
    if wanted and wanted <= unwanted:
        shown = named(condition.name, [unquote(value.shown) for value in condition.include])
        raise UnreadableSearch(
            f"The filter {shown} excludes everything that it includes, so it would find nobody."
        )
