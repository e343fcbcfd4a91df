"""A person as the directory keeps one, and the text by which the person is found. Pure."""

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
from houselist.directory.places import location_lexemes
from houselist.people.fields import FIELDS
from houselist.searches.words import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from houselist.people.fields import SearchField
    from houselist.searches.networks import Network

# Two fields are so far apart that no phrase spans both.
_GAP = 10
_NAMES = ("first_name", "last_name", "name")
# Names come first, then what has a search field of its own, then what only keywords find.
_SEARCHED: list[tuple[str, SearchField]] = sorted(
    (
        (field.attribute, field.found_by)
        for field in FIELDS
        if field.found_by is not None and field.attribute not in _NAMES
    ),
    key=lambda searched: [*PREFIXES].index(searched[1]),
)
_COMPANY_PAGE = re.compile(r"/(?:company|school|showcase)/([^/?#]+)")
_COMPANY = re.compile(r"[\w-]{1,100}")


class Entry(NamedTuple):
    """One person of a directory. `person` has what is known, by the attributes of people/fields.py.

    `identities` are in the order of COLUMNS, so the internal id has its kind (`id:ACo…`). Numbers
    count up in the order in which people were loaded, and none is given twice.
    """

    number: int
    identities: tuple[str | None, ...]
    person: dict[str, str]
    network: Network | None
    list_ids: tuple[int, ...]


def document(account_group_id: bytes, entry: Entry) -> str:
    """Everything that a person is found by, as the text of a tsvector."""
    positions: dict[str, list[str]] = {}
    position = 1
    for prefix, text in _texts(entry.person):
        for word in words(text):
            positions.setdefault(word, []).append(str(position))
            if prefix:
                positions.setdefault(prefix + word, []).append(str(position))
            position += 1
        position += _GAP
    found = [f"{quoted(lexeme)}:{','.join(at)}" for lexeme, at in positions.items()]
    return " ".join((*found, *_marks(account_group_id, entry)))


def _texts(person: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each text of a person, with the prefix of the search field that finds it."""
    name = person.get("name", "")
    first, last = person.get("first_name"), person.get("last_name")
    parts = name.split()
    # Nobody knows where the last name starts in a full name, so the middle is in both.
    yield PREFIXES["firstName"], first or " ".join(parts[:-1] or parts)
    yield PREFIXES["lastName"], last or " ".join(parts[1:] or parts)
    yield PREFIXES["keywords"], name
    for attribute, found_by in _SEARCHED:
        yield PREFIXES[found_by], person.get(attribute, "")


def _marks(account_group_id: bytes, entry: Entry) -> Iterator[str]:
    for lexeme, position in location_lexemes(entry.person.get("location", "")):
        yield f"{quoted(lexeme)}:{position}"
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
