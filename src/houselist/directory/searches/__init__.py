"""From the address of a search to a query of the directory. Pure."""

from __future__ import annotations

from typing import Literal, TypeAlias

from houselist.directory.searches.classic import read_classic
from houselist.directory.searches.filters import Query, UnreadableSearch, query_of
from houselist.directory.searches.sales import read_sales
from houselist.linkedin import Refused
from houselist.linkedin.address import Urn, read

Product: TypeAlias = Literal["classic", "sales", "recruiter"]

# The same as in parse_search.
_MAX_LETTERS = 16_384


def read_search(product: Product, url: str) -> Query:
    """The query of an address that parse_search accepted. Raises UnreadableSearch."""
    if product == "recruiter":
        raise UnreadableSearch(
            "The directory cannot read a Recruiter search: its filters are not in the address."
            " Give the address of a LinkedIn or Sales Navigator search."
        )
    try:
        page = read(url, _MAX_LETTERS)
    except Refused as error:
        raise UnreadableSearch(str(error)) from error
    if isinstance(page, Urn):
        raise UnreadableSearch("This is a URN. Give the address of a search for people.")
    return query_of(read_classic(page.query) if product == "classic" else read_sales(page.query))
