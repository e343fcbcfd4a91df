"""A person as the directory keeps one, and the text by which they are found. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from houselist.directory.lexemes import (
    BUCKET,
    PREFIXES,
    bucket_lexeme,
    company_lexeme,
    group_lexeme,
    list_lexeme,
    network_lexeme,
    quoted,
)
from houselist.directory.words import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from houselist.directory.lexemes import Network

# So far apart are two fields that no phrase spans both.
_GAP = 10
_COMPANY_PAGE = re.compile(r"/(?:company|school|showcase)/([^/?#]+)")
_COMPANY = re.compile(r"[\w-]{1,100}")

_NETWORKS: dict[str, Network] = {
    "f": "F",
    "1": "F",
    "1st": "F",
    "first": "F",
    "distance1": "F",
    "s": "S",
    "2": "S",
    "2nd": "S",
    "second": "S",
    "distance2": "S",
    "o": "O",
    "3": "O",
    "3rd": "O",
    "third": "O",
    "distance3": "O",
    "3rd+": "O",
    "outofnetwork": "O",
}


class Entry(NamedTuple):
    """One person. `person` has what is known, by the attributes of the port's Person.

    `linkedin_id` is the internal id with its kind (`id:ACo…`), as prospects have it. Numbers count
    up in the order in which people were loaded, and none is given twice.
    """

    number: int
    public_identifier: str | None
    linkedin_id: str | None
    provider_id: str | None
    email: str | None
    person: dict[str, str]
    network: Network | None
    list_ids: tuple[int, ...]


def read_network(text: str) -> Network | None:
    """A distance as people write it (`F`, `2nd`, `DISTANCE_3`), as LinkedIn's addresses do."""
    plain = re.sub(r"[\s_.-]+|degree|connections?", "", fold(text))
    return _NETWORKS.get(plain)


def document(account_group_id: bytes, entry: Entry) -> str:
    """All that a person is found by, as the text of a tsvector."""
    places: dict[str, list[str]] = {}
    at = 1
    for prefix, text in _texts(entry.person):
        for word in words(text):
            places.setdefault(word, []).append(str(at))
            if prefix:
                places.setdefault(prefix + word, []).append(str(at))
            at += 1
        at += _GAP
    found = [f"{quoted(lexeme)}:{','.join(where)}" for lexeme, where in places.items()]
    return " ".join((*found, *_marks(account_group_id, entry)))


def _texts(person: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each text of a person with the prefix of its field; none for what only keywords find."""
    name = person.get("name", "")
    first, last = person.get("first_name"), person.get("last_name")
    parts = name.split()
    # Of a whole name nobody knows where the last name starts, so what is between is in both.
    yield PREFIXES["firstName"], first or " ".join(parts[:-1] or parts)
    yield PREFIXES["lastName"], last or " ".join(parts[1:] or parts)
    yield "", name
    yield PREFIXES["title"], person.get("title", "")
    yield PREFIXES["company"], person.get("company_name", "")
    yield PREFIXES["location"], person.get("location", "")
    yield PREFIXES["industry"], person.get("company_industry", "")
    yield "", person.get("headline", "")
    yield "", person.get("about", "")


def _marks(account_group_id: bytes, entry: Entry) -> Iterator[str]:
    yield group_lexeme(account_group_id)
    yield bucket_lexeme(account_group_id, entry.number // BUCKET)
    if entry.network is not None:
        yield network_lexeme(entry.network)
    for list_id in entry.list_ids:
        yield list_lexeme(list_id)
    page = _COMPANY_PAGE.search(entry.person.get("company_linkedin_url", ""))
    named = {entry.person.get("company_linkedin_identifier", ""), page[1] if page else ""}
    for identifier in map(fold, named):
        if _COMPANY.fullmatch(identifier):
            yield company_lexeme(identifier)
