"""Which columns an export has, by the names in its header. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.errors import Invalid, Problem
from houselist.people.exported import BY_ID, COLUMNS, REST, attribute_of, column_of
from houselist.people.rows import MAX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# One column is left for the attributes that get none of their own.
MAX_ATTRIBUTES = MAX_COLUMNS - len(COLUMNS) - 1
_COMPANY = "company."
# Where the API shows the attributes, and the address by the internal id, which only exports have.
_SHOWN = (
    *(column for column in COLUMNS if column not in ("addedAt", BY_ID)),
    REST,
    "addedAt",
    BY_ID,
)


class Columns(NamedTuple):
    """The columns of an export in their order. `attributes`: those with a column of their own."""

    header: tuple[str, ...]
    attributes: tuple[str, ...]


def all_columns(found: Sequence[str]) -> Columns:
    """A column for each field and attribute. `found`: MAX_ATTRIBUTES + 1 of them at most."""
    own = tuple(found[:MAX_ATTRIBUTES])
    rest = (REST,) if len(found) > len(own) else ()
    return Columns((*COLUMNS, *map(column_of, own), *rest), own)


def shown_columns() -> Columns:
    """What the API shows of a person, in its order."""
    return Columns(_SHOWN, ())


def read_fields(text: str) -> list[str]:
    """The names in `fields=`. Raises Invalid. A name with a comma stands in quotes, as in CSV."""
    names = [name.strip() for name in _split(text)]
    problems: list[Problem] = []
    if len(names) > MAX_COLUMNS:
        raise Invalid(Problem("fields", f"must name at most {MAX_COLUMNS} columns"))
    if "" in names:
        problems.append(Problem("fields", "has an empty name; put one comma between two columns"))
    twice = sorted({name for name in names if name and names.count(name) > 1})
    problems += [Problem("fields", f"names {name!r} more than once") for name in twice]
    if problems:
        raise Invalid(*problems)
    return names


def _split(text: str) -> list[str]:
    names: list[str] = []
    name, quoted, at = "", False, 0
    while at < len(text):
        letter = text[at]
        if letter == '"' and quoted and text[at + 1 : at + 2] == '"':
            name, at = name + '"', at + 1
        elif letter == '"' and (quoted or not name.strip()):
            quoted = not quoted
        elif letter == "," and not quoted:
            names.append(name)
            name = ""
        else:
            name += letter
        at += 1
    return [*names, name]


def attributes_among(names: Collection[str]) -> list[str]:
    """The attributes that `names` ask for, known or not."""
    return [attribute_of(name) for name in names if name not in COLUMNS and name != REST]


def nested(columns: Columns) -> Columns:
    """The same for JSON: one object for the company, and one for the attributes that are asked for.

    Each stands where the first of its parts stood. `attributes` empty: all that there are.
    """
    header: list[str] = []
    for name in columns.header:
        if name.startswith(_COMPANY):
            if name not in header:
                header += [each for each in columns.header if each.startswith(_COMPANY)]
        elif name in COLUMNS:
            header.append(name)
        elif REST not in header:
            header.append(REST)
    return Columns(tuple(header), () if REST in columns.header else columns.attributes)


def chosen_columns(names: Sequence[str], known: Collection[str]) -> Columns:
    """These columns. `known`: the attributes among them that somebody has. Raises Invalid."""
    asked = attributes_among(names)
    unknown = [
        name
        for name in names
        if name not in COLUMNS and name != REST and attribute_of(name) not in known
    ]
    if unknown:
        raise Invalid(*(Problem("fields", _unknown(name)) for name in unknown))
    return Columns(tuple(names), tuple(asked))


def _unknown(name: str) -> str:
    shown = name if len(name) <= 100 else f"{name[:100]}…"
    return (
        f"names {shown!r}, which nobody in the audience has; choose among the columns of a CSV"
        " export, such as name, email, company.name"
    )
