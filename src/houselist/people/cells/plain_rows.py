"""Reading many rows at once, column by column, where nothing in them needs a closer look. Pure.

Nearly all rows of nearly all files are like that. What is read here is what the careful way
(candidates.py) gives too, which a test checks; every other row is left to it.
"""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from houselist.linkedin import plain_slugs
from houselist.people.cells.emails import plain_addresses
from houselist.people.cells.names import split_plain
from houselist.people.fields import ATTRIBUTES, EMAIL, FIRST_NAME, NAME, SLUG
from houselist.people.nothing import HIDDEN, NO_FIELD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.people.fields import Values
    from houselist.people.rows import Cells, Row

    Column: TypeAlias = Sequence[str | None]

# What a row says of a person, what in it could not be used, and whether it gives the full name.
PlainRow: TypeAlias = "tuple[Values, None, bool]"


_Names: TypeAlias = "tuple[str | None, str | None, str | None]"
_NO_NAMES: _Names = (None, None, None)


class Plan(NamedTuple):
    """Where the values of a file's rows are. `width`: how many cells each has.

    `sources`: for each value its column, or `width` if it has none. `slug`, `email`: the columns of
    identities, or `width`. `attributes`: columns, and the names of what they hold.
    """

    width: int
    sources: Sequence[int]
    slug: int
    email: int
    attributes: Sequence[tuple[int, str]]


def read_plain(plan: Plan, rows: Sequence[Row]) -> list[PlainRow | None]:
    """What rows say of people; None for each that has to be read carefully."""
    cells = [row for row in rows if isinstance(row, list) and len(row) == plan.width]
    if cells and len(cells) == len(rows) and NO_FIELD.isdisjoint(chain.from_iterable(cells)):
        return _read(plan, cells)
    cells = [row for row in cells if NO_FIELD.isdisjoint(row)]
    if not cells:
        return [None] * len(rows)
    found = dict(zip(map(id, cells), _read(plan, cells), strict=True))
    return [found.get(id(row)) for row in rows]


def _read(plan: Plan, rows: Sequence[Cells]) -> list[PlainRow | None]:
    columns: list[Column] = [*zip(*rows, strict=True), [None] * len(rows)]
    values: list[Sequence[object]] = [columns[source] for source in plan.sources]
    first, last, name = (columns[source] for source in plan.sources[FIRST_NAME : NAME + 1])
    has_name = [each is not None for each in name]
    careful = {n for n, cell in enumerate(columns[0]) if cell is not None and cell[:1] == "'"}
    values[SLUG], values[EMAIL] = slugs, addresses = (
        plain_slugs(columns[plan.slug]),
        plain_addresses(columns[plan.email]),
    )
    for names in (first, last, name):
        # Not as many names are hidden, or hold what can't be seen.
        if HIDDEN in names or not all(map(str.isprintable, filter(None, names))):
            careful.update(n for n, each in enumerate(names) if each and _is_odd(each))
    for found in (slugs, addresses):
        if "" in found:
            careful.update(n for n, each in enumerate(found) if each == "")
    if None in slugs and None in addresses:
        pairs = zip(slugs, addresses, strict=True)
        careful.update(n for n, pair in enumerate(pairs) if pair == (None, None))
    if True in has_name:
        names = [_split(*each) for each in zip(first, last, name, strict=True)]
        careful.update(n for n, each in enumerate(names) if each is None)
        values[FIRST_NAME : NAME + 1] = zip(*(each or _NO_NAMES for each in names), strict=True)
    else:
        values[NAME] = [
            f"{one} {other}" if one and other else one or other
            for one, other in zip(first, last, strict=True)
        ]
    values[ATTRIBUTES] = _attributes(plan, columns)
    read: list[PlainRow | None] = list(
        zip(map(list, zip(*values, strict=True)), repeat(None), has_name, strict=False)
    )
    for n in careful:
        read[n] = None
    return read


def _is_odd(name: str) -> bool:
    return not name.isprintable() or HIDDEN in name


def _split(first: str | None, last: str | None, name: str | None) -> _Names | None:
    """First, last and full name; None if it takes more to split the full name."""
    if name is None:
        return first, last, f"{first} {last}" if first and last else first or last
    if first is not None or last is not None:
        return first, last, name
    parts = split_plain(name)
    return None if parts is None else (*parts, name)


def _attributes(plan: Plan, columns: Sequence[Column]) -> Sequence[dict[str, str] | None]:
    names = [name for _, name in plan.attributes]
    cells = [columns[index] for index, _ in plan.attributes]
    if not cells:
        return [None] * len(columns[0])
    if len(cells) == 1:
        only = names[0]
        return [None if cell is None else {only: cell} for cell in cells[0]]
    return [
        {name: cell for name, cell in zip(names, each, strict=True) if cell is not None} or None
        for each in zip(*cells, strict=True)
    ]
