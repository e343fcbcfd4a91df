"""What is kept of lead lists and saved searches, and what a search finds. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import msgspec

SourceKind: TypeAlias = Literal["leadList", "savedSearch"]


class Source(msgspec.Struct, rename="camel", frozen=True):
    """A lead list, with how many people are on it, or a saved search, with its address."""

    id: str
    kind: SourceKind
    name: str
    search_url: str | None
    people: int | None
    created_at: str


class Found(NamedTuple):
    """Somebody who was found. `person` is JSON, by the attributes of the port's Person."""

    number: int
    person: str


class Extent(NamedTuple):
    """How many people a directory has, and the number that nobody has reached yet."""

    people: int
    next_number: int
