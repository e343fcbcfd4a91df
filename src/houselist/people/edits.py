"""What a request changes of one person, and what it takes from nobody else. Pure.

Unlike a row of a source an edit may blank a value and replace an identity. An identity that is
replaced still finds the person, as a former address does; one that is blanked does not, nor do the
former ones of its kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

import msgspec

from houselist.people.fields import (
    ATTRIBUTES,
    FIRST_NAME,
    IDENTITIES,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
)
from houselist.people.merge import follow
from houselist.people.rows import MAX_COLUMNS, MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.person import Identity, Person

# Former identities of one kind. Merges may bring more.
MAX_FORMER = 100

_encode_json = msgspec.json.Encoder().encode

# Attributes by name; None removes one.
Attributes: TypeAlias = "dict[str, str | None]"


class Edit(NamedTuple):
    """New values by position in the list of a person's values; None blanks one.

    `attributes`: those that change; None for all of them to go.
    """

    values: dict[int, str | None]
    attributes: Attributes | None


class TooMany(ValueError):
    """The person would have more in a column than one may have; the message says of what."""

    def __init__(self, index: int, words: str) -> None:
        super().__init__(words)
        self.index = index


def taken(person: Person, edit: Edit, known: Iterable[Person]) -> list[tuple[int, Person]]:
    """The identities that an edit would take from somebody else, each with whose it is.

    `known`: everybody who has one of them.
    """
    own = set(person.identities())
    new: set[Identity] = {
        (index, value)
        for index, value in edit.values.items()
        if index < IDENTITIES and value is not None
    }
    found = {
        index: other
        for other in sorted(known, key=lambda each: each.id, reverse=True)
        if other.id != person.id
        for index, _ in (new - own).intersection(other.identities())
    }
    return sorted(found.items())


def apply(person: Person, edit: Edit) -> None:
    """Changes a person. Raises TooMany. The caller sees whether anything still identifies them."""
    names = person.values[FIRST_NAME : NAME + 1]
    for index, value in edit.values.items():
        if index < IDENTITIES:
            _set_identity(person, index, value)
        else:
            person.values[index] = value
    if NAME not in edit.values and not edit.values.keys().isdisjoint((FIRST_NAME, LAST_NAME)):
        follow(person.values, names)
    known = cast("dict[str, str]", person.values[ATTRIBUTES] or {})
    now = {**known, **edit.attributes} if edit.attributes is not None else {}
    kept = {name: value for name, value in now.items() if value is not None}
    check_attributes(kept, known)
    person.values[ATTRIBUTES] = kept or None


def check_attributes(attributes: dict[str, str], known: dict[str, str]) -> None:
    """Raises TooMany for more attributes than a row can have, if there were fewer before."""
    if len(attributes) > max(MAX_COLUMNS, len(known)):
        raise TooMany(ATTRIBUTES, f"the person would have more than {MAX_COLUMNS} attributes")
    if len(_encode_json(attributes)) > max(MAX_RECORD, len(_encode_json(known))):
        raise TooMany(ATTRIBUTES, "the person's attributes would take more than 1 MiB")


def _set_identity(person: Person, index: int, value: str | None) -> None:
    old = person.values[index]
    if value == old is not None:
        return
    if value is None:
        others = [each for each in person.others if each[0] != index]
    else:
        others = [each for each in person.others if each != (index, value)]
        if isinstance(old, str) and not _was_wrong(index, old, value):
            others.append((index, old))
        if sum(kind == index for kind, _ in others) > MAX_FORMER:
            raise TooMany(
                index,
                f"{MAX_FORMER} former ones are kept already; send null to remove them all first",
            )
    person.values[index] = value
    if len(others) != len(person.others) or set(others) != set(person.others):
        person.others = tuple(others)


def _was_wrong(index: int, old: str, new: str) -> bool:
    """Whether the old identity can't be a former one: an internal id of one kind never changes."""
    return index == LINKEDIN_ID and old.partition(":")[0] == new.partition(":")[0]
