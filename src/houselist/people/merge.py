"""What becomes of a person's values when a later row says more. Pure.

A row never blanks a value. Which of the two values is kept is the policy's choice.
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

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from houselist.people.fields import Values


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
                known[index] = {**new, **old}
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
            new = {**old, **new}
        if old != new:
            known[index] = new
            changed = True
    return changed


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
