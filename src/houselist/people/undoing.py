"""What of a person's values is put back when the job is undone that filled or replaced them. Pure.

A value is put back if that job was the last to change it, to what was known before the job did.
Merges are not taken apart, so what they brought stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from houselist.people.changes import IDENTITIES as MORE
from houselist.people.changes import MERGED
from houselist.people.fields import ATTRIBUTES, COLUMNS, FIELDS, IDENTITIES, LINKEDIN_ID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from houselist.people.changes import Kind, Side
    from houselist.people.person import Identity, Person

# A column, and of the column of attributes which one.
_Cell: TypeAlias = tuple[int, str | None]

_PATHS = {COLUMNS.index(field.column): field.path for field in FIELDS if field.column is not None}
_PATHS[LINKEDIN_ID] = "linkedinUrl"
_SHOWN, _LETTERS = 8, 40


class Noted(NamedTuple):
    """A change as a person's history has it (people/changes.py)."""

    kind: Kind
    job_id: bytes | None
    key_id: bytes | None
    before: Side
    after: Side


class PutBack(NamedTuple):
    """What was put back and what was not, as others have changed it since: fields of the API.

    `identities`: by what the person is known no longer, beside the values.
    """

    done: list[str]
    not_done: list[str]
    identities: list[Identity]


def put_back(person: Person, changes: Iterable[Noted], job_id: bytes) -> PutBack:
    """Puts back what a job filled or replaced. `changes`: those of the person, newest first."""
    former: dict[_Cell, str | None] = {}
    closed: set[_Cell] = set()
    lost: list[_Cell] = []
    identities: list[Identity] = []
    for change in changes:
        is_jobs = change.job_id == job_id and change.kind in ("fill", "update")
        if is_jobs:
            identities += _more(change.after)
        for cell, before, after in _cells(change):
            if cell in closed:
                lost += [cell] if is_jobs else []
            elif not is_jobs:
                closed.add(cell)
            elif cell in former or _get(person, cell) == after:
                former[cell] = before
            else:
                closed.add(cell)
                lost.append(cell)
    gone = [each for each in dict.fromkeys(identities) if each in person.others]
    if not _is_known_without(person, former, gone):
        lost += [cell for cell in former if cell[0] < IDENTITIES]
        former = {cell: value for cell, value in former.items() if cell[0] >= IDENTITIES}
        gone = []
    for cell, value in former.items():
        _set(person, cell, value)
    person.others = tuple(each for each in person.others if each not in gone)
    lost = [cell for cell in lost if cell not in former]
    return PutBack(_paths(former), _paths(dict.fromkeys(lost)), gone)


def _cells(change: Noted) -> Iterator[tuple[_Cell, str | None, str | None]]:
    for name, new in change.after.items():
        if name in (MERGED, MORE):
            continue
        index, old = COLUMNS.index(name), change.before.get(name)
        if isinstance(new, dict):
            were = old if isinstance(old, dict) else {}
            for attribute, value in new.items():
                yield (index, attribute), were.get(attribute), value
        elif not isinstance(new, list) and not isinstance(old, list | dict):
            yield (index, None), old, new


def _more(after: Side) -> list[Identity]:
    found = after.get(MORE)
    if not isinstance(found, list):
        return []
    return [(COLUMNS.index(pair[0]), pair[1]) for pair in found if isinstance(pair, list)]


def _get(person: Person, cell: _Cell) -> str | None:
    index, attribute = cell
    value = person.values[index]
    if attribute is None:
        return value if isinstance(value, str) else None
    return value.get(attribute) if isinstance(value, dict) else None


def _set(person: Person, cell: _Cell, value: str | None) -> None:
    index, attribute = cell
    if attribute is None:
        person.values[index] = value
        return
    old = person.values[index]
    attributes = {**old} if isinstance(old, dict) else {}
    if value is None:
        attributes.pop(attribute, None)
    else:
        attributes[attribute] = value
    person.values[index] = attributes or None


def _is_known_without(
    person: Person, former: dict[_Cell, str | None], gone: Collection[Identity]
) -> bool:
    """Whether anything would still tell who the person is."""
    values = [former.get((index, None), person.values[index]) for index in range(IDENTITIES)]
    return any(values) or any(each not in gone for each in person.others)


def _paths(cells: Iterable[_Cell]) -> list[str]:
    return [
        f"attributes.{attribute}" if index == ATTRIBUTES else _PATHS.get(index) or COLUMNS[index]
        for index, attribute in cells
    ]


def listed(paths: Sequence[str]) -> str:
    """Some fields in words, the first of them where they are many or long."""
    names = ", ".join(path[:_LETTERS] for path in paths[:_SHOWN])
    more = len(paths) - _SHOWN
    return f"{names} and {more:,} more" if more > 0 else names
