"""From the address of a search to its conditions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from houselist.searches.shapes import PeopleSearch, Product


class UnreadableSearch(ValueError):
    """The address can't be searched for. The message says why, as a sentence."""


def read_people_search(product: Product, url: str) -> PeopleSearch:
    """The conditions of an address that parse_search accepted. Raises UnreadableSearch."""
    raise UnreadableSearch(f"The {product} search {url} can't be read.")
