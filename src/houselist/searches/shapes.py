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


class Phrase(NamedTuple):
    """Words one after the other in a field; one word is a phrase, too.

    Of a phrase in `other`, the text has the operator that was used: `headline:"a b"`.
    """

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


class Value(NamedTuple):
    """One value of a condition, by LinkedIn's id, by words, or by both.

    `id` is bare, without the URN around it: of a company digits or the slug, of a place digits, of
    a network F, S or O. `text` is as the address has it. `words` is what it asks for; None in
    fields that hold no words (location, network, other) and where there is no text.
    """

    id: str | None
    text: str | None
    words: Expression | None = None

    @property
    def shown(self) -> str:
        """For people."""
        return self.text or self.id or ""


class Condition(NamedTuple):
    """Any of `include` and none of `exclude`. `name`: how the address calls it, to be shown.

    Two conditions may have one name: values that are of no use stand in one of their own, `other`.
    """

    name: str
    field: Field
    include: tuple[Value, ...]
    exclude: tuple[Value, ...] = ()
    when: When | None = None


class PeopleSearch(NamedTuple):
    """All conditions at once. A provider heeds each or names it in the page's notes."""

    product: Product
    conditions: tuple[Condition, ...]


class UnreadableSearch(ValueError):
    """The search can't be read, or can't be asked for. The message is a sentence for people."""
