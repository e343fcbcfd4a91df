"""What a provider is asked for by each type of job, and the columns of its answers. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from houselist.linkedin import Refused, parse_post, parse_search
from houselist.people.fields import PATH_OF
from houselist.providers.base import Commenters, SearchUrl

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_ADDRESS = 16_384

# The columns of a provider's people, named for the fields.
COLUMNS = list(PATH_OF.values())
MAPPING = {field: field for field in COLUMNS}


class SearchAddress(str):
    """The address of a search that a provider can be asked for. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        _check(text, search_of)
        return super().__new__(cls, text)


class PostAddress(str):
    """The address of a post. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        _check(text, parse_post)
        return super().__new__(cls, text)


def _check(address: str, read: Callable[[str], object]) -> None:
    if not 1 <= len(address) <= MAX_ADDRESS:
        raise ValueError(f"must have 1 to {MAX_ADDRESS:,} characters")
    try:
        read(address)
    except Refused as refused:
        raise ValueError(f"{refused} ({refused.reason})") from refused


def commenters_of(url: str) -> Commenters:
    """Who commented on the post at this address. Raises Refused."""
    post = parse_post(url)
    return Commenters(post.type, post.id)


def search_of(url: str) -> SearchUrl:
    """The search at this address. Raises Refused, and ValueError for what is a source by itself."""
    search = parse_search(url)
    match search.kind:
        case "list" | "saved":
            what = "leadListId" if search.kind == "list" else "savedSearchId"
            raise ValueError(
                f"names a {'lead list' if search.kind == 'list' else 'saved search'} of Sales"
                f" Navigator; use type sales_navigator with {what} {search.value}"
            )
        case _:
            return SearchUrl(search.value or url, search.kind)
