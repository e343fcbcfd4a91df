"""Lead lists and saved searches as they are shown, and what a search finds. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import msgspec

SourceKind: TypeAlias = Literal["leadList", "savedSearch"]


class Source(msgspec.Struct, rename="camel", frozen=True):
    """A lead list with the number of its people, or a saved search with its address."""

    id: str
    kind: SourceKind
    name: str
    search_url: str | None
    people: int | None
    created_at: str


class Found(NamedTuple):
    """A person who was found. `person` is JSON, with the attributes of people/fields.py.

    `in_parts`: the location is kept in its parts, so the query decided whether it fits.
    """

    number: int
    person: str
    in_parts: bool


class Extent(NamedTuple):
    """How many people a directory has, and the number that its next person gets."""

    people: int
    next_number: int
