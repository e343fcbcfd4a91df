"""What becomes of a person's values when a later row says more. Pure.

A row never blanks a value. Which of the two values is kept is the policy's choice. Attributes have
a limit: many files about one person would make that person too large to be answered.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from houselist.people.fields import (
    ATTRIBUTES,
    FIRST_NAME,
    IDENTITIES,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
)
from houselist.people.rows import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from houselist.people.fields import Values

MAX_ATTRIBUTES = MAX_RECORD
"""How many characters the attributes of a person may have, names and values together."""
LEFT_OUT = (
    f"this person's attributes would be longer than {MAX_ATTRIBUTES:,} characters, so some of this"
    " row's were not kept"
)


class MergePolicy(Enum):
    """What a later row does to a person who is known."""

    FILL = "fill"
    """It fills what is not known yet."""
    UPDATE = "update"
    """It replaces everything except identities, which it only fills."""
    REPLACE = "replace"
    """It replaces identities too, except the internal id, which never changes.

    A row never proves that two people are one, because one of them would be lost.
    """

    @property
    def joins_people(self) -> bool:
        """Whether a row can prove that two known people are one."""
        return self is not MergePolicy.REPLACE


def merge(policy: MergePolicy, known: Values, later: Values, *, has_name: bool) -> bool:
    """Merges a later row into `known`, and tells whether anything changed.

    `has_name`: the row itself gives the full name.
    """
    if policy is MergePolicy.FILL:
        return fill(known, later)
    if policy is MergePolicy.UPDATE:
        return update(known, later, has_name=has_name)
    return replace(known, later)


def fill(known: Values, later: Sequence[str | dict[str, str] | None]) -> bool:
    """Fills what is None in `known`, and tells whether anything changed."""
    changed = False
    for index, value in enumerate(later):
        if value is None:
            continue
        if known[index] is None:
            known[index] = value
            changed = True
        elif index == ATTRIBUTES:
            old, new = known[index], value
            if isinstance(old, dict) and isinstance(new, dict) and not new.keys() <= old.keys():
                joined = _limited({**new, **old}, old, new)
                if len(joined) > len(old):
                    known[index] = joined
                    changed = True
    return changed


def update(known: Values, later: Values, *, has_name: bool) -> bool:
    """Replaces all but identities, which are only filled; tells whether anything changed.

    Unless the row gives a full name, the name follows first and last name when these change.
    """
    if has_name:
        return _overwrite(known, later, range(IDENTITIES))
    before = known[FIRST_NAME : NAME + 1]
    changed = _overwrite(known, [*later[:NAME], None, *later[NAME + 1 :]], range(IDENTITIES))
    follow(known, before)
    return changed or known[NAME] != before[-1]


def replace(known: Values, later: Values) -> bool:
    """Replaces all but the internal id, which is only filled; tells whether anything changed."""
    return _overwrite(known, later, (LINKEDIN_ID,))


def _overwrite(known: Values, later: Values, only_filled: Container[int]) -> bool:
    changed = False
    for index, value in enumerate(later):
        if value is None:
            continue
        old, new = known[index], value
        if old is not None and index in only_filled:
            continue
        if isinstance(new, dict) and isinstance(old, dict):
            new = _limited({**old, **new}, old, new)
        if old != new:
            known[index] = new
            changed = True
    return changed


def _limited(
    joined: dict[str, str], old: Mapping[str, str], new: Mapping[str, str]
) -> dict[str, str]:
    """`joined`, which is made of the other two, or what has room of it: the old values first."""
    if _length(joined) <= MAX_ATTRIBUTES:
        return joined
    kept, length = {**old}, _length(old)
    for name in new:
        value, before = joined[name], old.get(name)
        more = len(name) + len(value) if before is None else len(value) - len(before)
        if more <= 0 or length + more <= MAX_ATTRIBUTES:
            kept[name] = value
            length += more
    return kept


def _length(attributes: Mapping[str, str]) -> int:
    return sum(map(len, attributes)) + sum(map(len, attributes.values()))


def note_left_out(policy: MergePolicy, merged: Values, later: Values) -> str | None:
    """A note if a row's attributes had no room among those of the person it was merged into."""
    attributes, row = merged[ATTRIBUTES], later[ATTRIBUTES]
    if not isinstance(row, dict) or not isinstance(attributes, dict):
        return None
    is_kept = row.keys() <= attributes.keys() and (
        policy is MergePolicy.FILL or row.items() <= attributes.items()
    )
    return None if is_kept else LEFT_OUT


def follow(known: Values, before: Values) -> None:
    """Has the full name follow first and last name, unless it tells more than they do."""
    old_first, old_last, old_name = before
    parts = known[FIRST_NAME], known[LAST_NAME]
    if old_name is None or (
        parts != (old_first, old_last)
        and (all(parts) or old_name == _full_name(old_first, old_last))
    ):
        known[NAME] = _full_name(*parts)


def _full_name(first: object, last: object) -> str | None:
    return " ".join(part for part in (first, last) if isinstance(part, str) and part) or None
