"""People who are given in a request, as candidates. Pure.

They are read by the rules of a file's rows, except that their cells are taken as they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.people.cells.candidates import Candidate, InvalidRow, Reader
from houselist.people.fields import ATTRIBUTES, PATHS
from houselist.people.rows import MAX_CELL, MAX_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.members.shapes import NewCompany, NewProspect

_READER = Reader(PATHS, {path: path for path in PATHS}, as_is=True)
_MAX_NAME = 200
_MAX_SHOWN = 60
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read(person: NewProspect) -> Candidate | InvalidRow:
    """What a request says about somebody."""
    attributes = person.attributes or {}
    cells = _told(person)
    if person.company is not None:
        cells |= {f"company.{name}": value for name, value in _told(person.company).items()}
    why = _refuse(cells) or _refuse_attributes(attributes)
    if why is not None:
        return InvalidRow(why)
    found = _READER.read([(cells.get(path) or "").strip() or None for path in PATHS])
    if isinstance(found, Candidate):
        given = {name: value.strip() for name, value in attributes.items() if value.strip()}
        unused = found.values[ATTRIBUTES]
        # What of an identity could not be used is kept as an attribute, unless one is named so.
        found.values[ATTRIBUTES] = (
            {**unused, **given} if isinstance(unused, dict) else given or None
        )
    return found


def _told(shape: NewProspect | NewCompany) -> dict[str, str | None]:
    """A shape's texts by their names in the API."""
    names = zip(shape.__struct_encode_fields__, shape.__struct_fields__, strict=True)
    values = ((shown, getattr(shape, name)) for shown, name in names)
    return {shown: value for shown, value in values if isinstance(value, str)}


def _refuse_attributes(attributes: dict[str, str]) -> str | None:
    if len(attributes) > MAX_COLUMNS:
        return f"attributes: there are more than {MAX_COLUMNS}"
    for name in attributes:
        if not name.strip() or len(name) > _MAX_NAME or _UNFIT.search(name):
            shown = name[:_MAX_SHOWN]
            return f"attributes: {shown!r} is too long, empty or has control characters"
    return _refuse({f"attributes.{name}": value for name, value in attributes.items()})


def _refuse(cells: Mapping[str, str | None]) -> str | None:
    for name, value in cells.items():
        if value is None:
            continue
        if len(value) > MAX_CELL:
            return f"{name[:_MAX_SHOWN]}: is longer than {MAX_CELL:,} characters"
        if _UNFIT.search(value):
            return f"{name[:_MAX_SHOWN]}: has control characters"
    return None
