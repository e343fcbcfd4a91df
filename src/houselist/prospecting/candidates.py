"""From a source's row to a candidate: which cells are which field, and whether they name a person. Pure."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from email_validator import EmailNotValidError, validate_email

from houselist.linkedin import Refused, parse_profile, parse_slug
from houselist.prospecting.people import (
    ATTRIBUTES,
    EMAIL,
    FIELD_INDEX,
    FIRST_NAME,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
    PROVIDER_ID,
    SLUG,
    WIDTH,
)
from houselist.uploads.tables import BadRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from houselist.linkedin import Profile
    from houselist.prospecting.people import Values
    from houselist.uploads.tables import Row

NO_IDENTITY = "has no LinkedIn URL, providerId or e-mail address, so it cannot be told who it is"
_MOST_PROVIDER_ID = 255
_MOST_REASON = 500

# Plain addresses, which are nearly all; email-validator judges the others. Lengths: RFC 5321 4.5.3.1.
_PLAIN_EMAIL = re.compile(
    r"(?=.{6,254}\Z)[a-z0-9_+-]{1,64}(?:\.[a-z0-9_+-]{1,62}){0,8}"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}\Z"
)
_LOCAL_LENGTH = 64
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Candidate(NamedTuple):
    """A row that names a person. `note` says what of it could not be used, if anything."""

    values: Values
    note: str | None


class Refusal(NamedTuple):
    """A row that names nobody, and why."""

    reason: str


class _Draft:
    """One row while its cells are read."""

    __slots__ = ("attributes", "notes", "values")

    def __init__(self) -> None:
        self.values: Values = [None] * WIDTH
        self.attributes: dict[str, str] = {}
        self.notes: list[str] = []

    def keep(self, column: str, cell: str, why: str) -> None:
        """Nothing is lost: a cell that can't be used stays under its column's name."""
        self.attributes[column] = cell
        self.notes.append(f"{column}: {why}")


class Reader:
    """Turns rows into candidates by a mapping of columns to fields (those left out are attributes)."""

    def __init__(self, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
        self._columns = columns
        plain: list[tuple[int, int]] = []
        special: list[tuple[int, Callable[[_Draft, str], None]]] = []
        attributes: list[tuple[int, str]] = []
        for index, column in enumerate(columns):
            field = mapping.get(column)
            if field is None:
                attributes.append((index, column))
            elif field in FIELD_INDEX:
                plain.append((index, FIELD_INDEX[field]))
            else:
                special.append((index, partial(_SPECIAL[field], column)))
        self._plain, self._special, self._attributes = plain, special, attributes

    def read(self, row: Row) -> Candidate | Refusal:
        """What one row of the source says."""
        if isinstance(row, BadRow):
            return Refusal(row.reason)
        width = len(row)
        draft = _Draft()
        values = draft.values
        for index, target in self._plain:
            if index < width:
                values[target] = row[index]
        for index, step in self._special:
            if index < width and (cell := row[index]) is not None:
                step(draft, cell)
        for index, name in self._attributes:
            if index < width and (cell := row[index]) is not None:
                draft.attributes[name] = cell
        note = "; ".join(draft.notes)[:_MOST_REASON] or None
        if not (values[SLUG] or values[LINKEDIN_ID] or values[PROVIDER_ID] or values[EMAIL]):
            return Refusal(f"{NO_IDENTITY}; {note}"[:_MOST_REASON] if note else NO_IDENTITY)
        if values[NAME] is None and (values[FIRST_NAME] or values[LAST_NAME]):
            values[NAME] = " ".join(str(v) for v in (values[FIRST_NAME], values[LAST_NAME]) if v)
        values[ATTRIBUTES] = draft.attributes or None
        return Candidate(values, note)


def _linkedin(
    parse: Callable[[str], Profile], column: str, draft: _Draft, cell: str
) -> None:
    try:
        profile = parse(cell)
    except Refused as refused:
        draft.keep(column, cell, str(refused))
        return
    kind, key = profile.kind, profile.key
    index, value = (SLUG, profile.value) if kind == "in" else (LINKEDIN_ID, key)
    if draft.values[index] in (None, value):
        draft.values[index] = value
    else:
        draft.keep(column, cell, "names somebody else than another column of this row")


def _slug(column: str, draft: _Draft, cell: str) -> None:
    _linkedin(parse_profile if "/" in cell else parse_slug, column, draft, cell)


def _provider_id(column: str, draft: _Draft, cell: str) -> None:
    if len(cell) > _MOST_PROVIDER_ID or _CONTROL.search(cell):
        draft.keep(column, cell, "is longer than 255 characters or holds control characters")
    else:
        draft.values[PROVIDER_ID] = cell


def _email(column: str, draft: _Draft, cell: str) -> None:
    address = read_email(cell)
    if address is None:
        draft.keep(column, cell, "is not an e-mail address")
    else:
        draft.values[EMAIL] = address


def read_email(text: str) -> str | None:
    """An address in lower case, or None when it is not one."""
    address = text.strip().lower().removeprefix("mailto:")
    if _PLAIN_EMAIL.match(address) and address.index("@") <= _LOCAL_LENGTH:
        return address
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


_SPECIAL: dict[str, Callable[[str, _Draft, str], None]] = {
    "linkedinUrl": partial(_linkedin, parse_profile),
    "publicIdentifier": _slug,
    "providerId": _provider_id,
    "email": _email,
}
