"""What a row or a request changes of a person, before and after, for the person's history. Pure.

`before` and `after` have an entry for each column that changed, by its name. Of `attributes` they
hold the keys that changed; a key that is not there is null. Three entries are no columns: in
`after`, `merged` holds the ids of those who turned out to be this person, and `identities` what
else the person is known by since then, as [column, value]; in `before`, `identities` holds what
nobody is known by any more.
"""

from __future__ import annotations

from itertools import compress, count
from operator import is_not
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

import msgspec

from houselist.people.fields import ATTRIBUTES, COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from houselist.people.fields import Values
    from houselist.people.person import Identity, Person

# A row fills or replaces what is known; a request edits or merges; an undo puts back.
Kind: TypeAlias = Literal["fill", "update", "edit", "merge", "undo"]
Side: TypeAlias = "dict[str, str | dict[str, str | None] | list[str] | list[list[str]] | None]"

MERGED, IDENTITIES = "merged", "identities"

_encode_json = msgspec.json.Encoder().encode


class Change(NamedTuple):
    """One change of a person. `row`: the row that made it, from 1; None for none."""

    person: Person
    kind: Kind
    row: int | None
    before: Side
    after: Side


class Known(NamedTuple):
    """What is known of a person at some moment."""

    values: Values
    others: tuple[Identity, ...]

    @classmethod
    def of(cls, person: Person) -> Known:
        return cls(person.values[:], person.others)


def change_of(
    person: Person,
    known: Known,
    kind: Kind,
    row: int | None,
    *,
    merged: Sequence[bytes] = (),
) -> Change | None:
    """What has changed since `known`; None if nothing has. `merged`: who turned out to be them."""
    before: Side = {}
    after: Side = {}
    # What is not changed is the same object, so all columns are compared at once, in C.
    for index in compress(count(), map(is_not, known.values, person.values)):
        old, new = known.values[index], person.values[index]
        if index == ATTRIBUTES:
            _compare_attributes(old, new, before, after)
        elif old != new and not isinstance(old, dict) and not isinstance(new, dict):
            before[COLUMNS[index]], after[COLUMNS[index]] = old, new
    if person.others is not known.others:
        _put_identities(before, set(known.others).difference(person.others))
        _put_identities(after, set(person.others).difference(known.others))
    if merged:
        after[MERGED] = [each.hex() for each in merged]
    return Change(person, kind, row, before, after) if before or after else None


def _compare_attributes(old: object, new: object, before: Side, after: Side) -> None:
    if old == new:
        return
    was = cast("dict[str, str]", old or {})
    now = cast("dict[str, str]", new or {})
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    if names:
        before[COLUMNS[ATTRIBUTES]] = {name: was.get(name) for name in names}
        after[COLUMNS[ATTRIBUTES]] = {name: now.get(name) for name in names}


def _put_identities(side: Side, identities: set[Identity]) -> None:
    if identities:
        side[IDENTITIES] = [[COLUMNS[index], value] for index, value in sorted(identities)]


class ChangeColumns(NamedTuple):
    """Changes as PostgreSQL takes them: a list for each column, in their order."""

    prospect_ids: list[bytes]
    kinds: list[str]
    rows: list[int | None]
    before: list[str]
    after: list[str]


def columns_of(changes: Iterable[Change]) -> ChangeColumns:
    """The changes of everybody who is, or was, in the database."""
    columns = ChangeColumns([], [], [], [], [])
    for person, kind, row, before, after in changes:
        # Somebody created and merged away in one batch was never there.
        if not person.stored:
            continue
        columns.prospect_ids.append(person.id)
        columns.kinds.append(kind)
        columns.rows.append(row)
        columns.before.append(_encode_json(before).decode())
        columns.after.append(_encode_json(after).decode())
    return columns
