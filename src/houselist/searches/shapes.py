"""A search for people, whatever its address looks like. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Product: TypeAlias = Literal["classic", "sales", "recruiter"]

# What a condition is about. `other`: something that no provider here can be asked.
Field: TypeAlias = Literal[
    "keywords",
    "firstName",
    "lastName",
    "title",
    "company",
    "location",
    "industry",
    "school",
    "network",
    "other",
]

# When a title or a company was held. None: the address does not say, which means now.
When: TypeAlias = Literal["current", "past", "pastNotCurrent", "currentOrPast"]


class Value(NamedTuple):
    """One value of a condition, by LinkedIn's id, by words, or by both.

    `id` is bare: digits or a code (`F`), without the URN around it. `text` of a field that holds
    words is Boolean text (searches/boolean.py reads it).
    """

    id: str | None
    text: str | None

    @property
    def shown(self) -> str:
        return self.text or self.id or ""


class Condition(NamedTuple):
    """Any of `include` and none of `exclude`. `name`: how the address calls it, to be shown."""

    name: str
    field: Field
    include: tuple[Value, ...]
    exclude: tuple[Value, ...] = ()
    when: When | None = None


class PeopleSearch(NamedTuple):
    """All conditions at once. A provider heeds each or names it in the page's notes."""

    product: Product
    conditions: tuple[Condition, ...]


class Phrase(NamedTuple):
    """Words one after the other in a field; one word is a phrase, too."""

    field: Field
    text: str


class All(NamedTuple):
    """Every part."""

    parts: tuple[Expression, ...]


class AnyOf(NamedTuple):
    """One part or more."""

    parts: tuple[Expression, ...]


class Not(NamedTuple):
    """Not the part."""

    part: Expression


Expression: TypeAlias = "Phrase | All | AnyOf | Not"
