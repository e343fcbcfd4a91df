"""From a source's row to a candidate: which cells are which field, and whom they name. Pure."""

from __future__ import annotations

import re
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from email_validator import EmailNotValidError, validate_email

from houselist.files.tables import BadRow
from houselist.ledger.people import (
    ATTRIBUTES,
    EMAIL,
    FIELD_INDEX,
    FIRST_NAME,
    IDENTITIES,
    LAST_NAME,
    LINKEDIN_ID,
    NAME,
    PROVIDER_ID,
    SLUG,
    WIDTH,
)
from houselist.linkedin import Refused, parse_profile, parse_slug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from houselist.files.tables import Row
    from houselist.ledger.people import Values
    from houselist.linkedin import Profile

NO_IDENTITY = "has no LinkedIn URL, providerId or e-mail address, so it cannot be told who it is"
_MOST_PROVIDER_ID = 255
_MOST_REASON = 500

# Plain addresses, which are nearly all; email-validator judges the others. The lengths are those
# of RFC 5321 4.5.3.1.
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


_Step: TypeAlias = "Callable[[Values, str], str | None]"
_NOBODY: Values = [None] * IDENTITIES


class Refusal(NamedTuple):
    """A row that names nobody, and why."""

    reason: str


class Reader:
    """Turns rows into candidates by a mapping of columns to fields; the rest are attributes."""

    def __init__(self, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
        self._width = len(columns)
        # For each of a person's values the column it comes from; the one past the last is empty.
        sources = [self._width] * WIDTH
        self._checked: list[tuple[int, str, _Step]] = []
        self._attributes: list[tuple[int, str]] = []
        for index, column in enumerate(columns):
            field = mapping.get(column)
            if field is None:
                self._attributes.append((index, column))
            elif field in FIELD_INDEX:
                sources[FIELD_INDEX[field]] = index
            else:
                self._checked.append((index, column, _STEPS[field]))
        self._take = itemgetter(*sources)

    def read(self, row: Row) -> Candidate | Refusal:
        """What one row of the source says."""
        if isinstance(row, BadRow):
            return Refusal(row.reason)
        row = row + [None] * (self._width + 1 - len(row))
        values: Values = [*self._take(row)]
        attributes = {
            name: cell for index, name in self._attributes if (cell := row[index]) is not None
        }
        note = None
        for index, column, step in self._checked:
            cell = row[index]
            if cell is not None and (why := step(values, cell)) is not None:
                # Nothing is lost: a cell that can't be used stays under its column's name.
                attributes[column] = cell
                note = f"{column}: {why}" if note is None else f"{note}; {column}: {why}"
        if values[:IDENTITIES] == _NOBODY:
            return Refusal(f"{NO_IDENTITY}; {note}"[:_MOST_REASON] if note else NO_IDENTITY)
        if values[NAME] is None:
            first, last = values[FIRST_NAME], values[LAST_NAME]
            values[NAME] = f"{first} {last}" if first and last else first or last
        values[ATTRIBUTES] = attributes or None
        return Candidate(values, note and note[:_MOST_REASON])


# A step puts what it reads from a cell among the values, or tells why it can't.


def _linkedin(parse: Callable[[str], Profile], values: Values, cell: str) -> str | None:
    try:
        profile = parse(cell)
    except Refused as refused:
        return str(refused)
    if profile.kind == "in":
        index, value = SLUG, profile.value
    else:
        index, value = LINKEDIN_ID, profile.key
    if values[index] is not None and values[index] != value:
        return "names somebody else than another column of this row"
    values[index] = value
    return None


def _slug(values: Values, cell: str) -> str | None:
    return _linkedin(parse_profile if "/" in cell else parse_slug, values, cell)


def _provider_id(values: Values, cell: str) -> str | None:
    if len(cell) > _MOST_PROVIDER_ID or _CONTROL.search(cell):
        return "is longer than 255 characters or holds control characters"
    values[PROVIDER_ID] = cell
    return None


def _email(values: Values, cell: str) -> str | None:
    address = read_email(cell)
    if address is None:
        return "is not an e-mail address"
    values[EMAIL] = address
    return None


def read_email(text: str) -> str | None:
    """An address in lower case, or None when it is not one."""
    address = text.strip().lower().removeprefix("mailto:")
    if _PLAIN_EMAIL.match(address) and address.index("@") <= _LOCAL_LENGTH:
        return address
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None
    return found.normalized.lower()


_STEPS: dict[str, _Step] = {
    "linkedinUrl": partial(_linkedin, parse_profile),
    "publicIdentifier": _slug,
    "providerId": _provider_id,
    "email": _email,
}
