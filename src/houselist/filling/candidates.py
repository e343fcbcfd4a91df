"""From a source's row to a candidate: which cells are which field, and whom they name. Pure."""

from __future__ import annotations

import re
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from houselist.files.nothing import NO_NAME, NOTHING
from houselist.files.tables import BadRow
from houselist.filling.emails import read_email, read_emails, read_plain
from houselist.filling.names import NOBODY, split_name
from houselist.filling.profiles import mend
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

    from houselist.files.tables import Cells, Row
    from houselist.ledger.people import Values
    from houselist.linkedin import Profile

__all__ = ["NO_IDENTITY", "REPEATED_HEADER", "Candidate", "Reader", "Refusal", "read_email"]

NO_IDENTITY = "has no LinkedIn URL, providerId or e-mail address, so it cannot be told who it is"
REPEATED_HEADER = "repeats the header: it is where a second file was put behind the first"
_MOST_PROVIDER_ID = 255
_MOST_REASON = 500
_MARKS = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# These take any text, even their own column's name.
_ANY_TEXT = ("publicIdentifier", "providerId")
_NAMES = (FIRST_NAME, LAST_NAME, NAME)
# Columns that only Houselist's own exports and a provider's people have: there every cell is
# meant as it is, whatever word it is.
_OWN_COLUMNS = {"publicIdentifier", "providerId", "company.linkedinIdentifier"}


class Candidate(NamedTuple):
    """A row that names a person. `note` says what of it could not be used, if anything."""

    values: Values
    note: str | None


# What becomes of a cell: None when it was used whole, else why it is kept among the attributes;
# an empty text when there is nothing to say about that.
_Step: TypeAlias = "Callable[[Values, str], str | None]"
_SPARE = ""
_NOBODY: Values = [None] * IDENTITIES


class Refusal(NamedTuple):
    """A row that names nobody, and why."""

    reason: str


class Reader:
    """Turns rows into candidates by a mapping of columns to fields; the rest are attributes.

    Of several columns for one field the first of the mapping that can be used is used.
    `as_is`: the cells come from a program, or one by one from a person, so none of them needs the
    mending that files do. `splits_names`: first and last name come out of a full name alone.
    """

    def __init__(
        self,
        columns: Sequence[str],
        mapping: Mapping[str, str],
        *,
        as_is: bool = False,
        splits_names: bool = True,
    ) -> None:
        self._columns = columns
        self._width = len(columns)
        self._is_own = as_is or set(columns) >= _OWN_COLUMNS
        self._splits_names = splits_names and not self._is_own
        steps = _EXACT_STEPS if as_is else _OWN_STEPS if self._is_own else _STEPS
        # For each of a person's values the column it comes from; the one past the last is empty.
        sources = [self._width] * WIDTH
        self._checked: list[tuple[int, str, _Step]] = []
        positions = {column: index for index, column in enumerate(columns)}
        for column, field in mapping.items():
            index = positions.get(column)
            if index is None:
                continue
            if field in FIELD_INDEX:
                sources[FIELD_INDEX[field]] = index
            else:
                step = steps[field]
                if field in _ANY_TEXT:  # the others can't be taken in by a header
                    step = partial(_unless_title, column, step)
                self._checked.append((index, column, step))
        self._attributes = [each for each in enumerate(columns) if each[1] not in mapping]
        self._take = itemgetter(*sources)

    def read(self, row: Row) -> Candidate | Refusal:
        """What one row of the source says."""
        if isinstance(row, BadRow):
            return Refusal(row.reason)
        row = row + [None] * (self._width + 1 - len(row))
        if (first := row[0]) is not None and first[:1] == "'":
            row = _without_marks(row)
        values: Values = [*self._take(row)]
        attributes = {
            name: cell for index, name in self._attributes if (cell := row[index]) is not None
        }
        note = None
        for index, column, step in self._checked:
            cell = row[index]
            if (
                cell is not None
                and (why := step(values, cell)) is not None
                and (self._is_own or cell not in NOTHING)
            ):
                # Nothing is lost: a cell that can't be used stays under its column's name.
                attributes[column] = cell
                if why:
                    note = f"{column}: {why}" if note is None else f"{note}; {column}: {why}"
        if values[:IDENTITIES] == _NOBODY:
            return self._refusal(row, note)
        if not self._is_own and not NOTHING.isdisjoint(row):
            _blank(values)
        first, last, name = values[FIRST_NAME : NAME + 1]
        if name is None:
            values[NAME] = f"{first} {last}" if first and last else first or last
        elif first is None and last is None and self._splits_names:
            _split(values, str(name))
        values[ATTRIBUTES] = attributes or None
        return Candidate(values, note and note[:_MOST_REASON])

    def _refusal(self, row: Cells, note: str | None) -> Refusal:
        """Why a row names nobody."""
        filled = [
            _is_title(cell, column)
            for cell, column in zip(row, self._columns, strict=False)
            if cell is not None
        ]
        if len(filled) > 1 and all(filled):
            return Refusal(REPEATED_HEADER)
        return Refusal(f"{NO_IDENTITY}; {note}"[:_MOST_REASON] if note else NO_IDENTITY)


def _is_title(cell: str, column: str) -> bool:
    """Whether a cell is what its column's name was made of: 'Email' of 'Email (2)' too."""
    if len(cell) > len(column) + _MARKS:
        return False
    title = " ".join(cell.replace("\ufeff", "").split())
    return column == title or column.startswith(f"{title} (") or column.endswith(f" {title}")


def _without_marks(row: Cells) -> Cells:
    """A row in which every cell has the apostrophe that marks text in spreadsheets, without it.

    A single cell keeps its own: 't Hooft is a name.
    """
    filled = [cell for cell in row if cell is not None]
    if len(filled) > 1 and all(cell.startswith("'") for cell in filled):
        return [cell and (cell[1:].strip() or None) for cell in row]
    return row


def _blank(values: Values) -> None:
    """Words that stand for nothing become null."""
    for index in range(IDENTITIES, ATTRIBUTES):
        if values[index] in (NO_NAME if index in _NAMES else NOTHING):
            values[index] = None


def _split(values: Values, name: str) -> None:
    """First and last name out of a full one that stands alone."""
    parts = split_name(name)
    if parts is NOBODY:
        values[NAME] = None
    else:
        values[FIRST_NAME], values[LAST_NAME] = parts


# A step puts what it reads from a cell among the values, or tells why it can't.


def _unless_title(column: str, step: _Step, values: Values, cell: str) -> str | None:
    return _SPARE if cell == column else step(values, cell)


def _linkedin(values: Values, cell: str) -> str | None:
    try:
        profile = parse_profile(cell)
    except Refused as refused:
        try:
            profile = mend(cell, refused)
        except Refused:
            return str(refused)
    if profile.kind == "in" and values[SLUG] is None:
        values[SLUG] = profile.value
        return None
    return _put_profile(values, profile)


def _exact_linkedin(values: Values, cell: str) -> str | None:
    try:
        profile = parse_profile(cell)
    except Refused as refused:
        return str(refused)
    return _put_profile(values, profile)


def _slug(values: Values, cell: str) -> str | None:
    if cell in NOTHING:
        return _SPARE
    return _linkedin(values, cell) if "/" in cell else _exact_slug(values, cell)


def _exact_slug(values: Values, cell: str) -> str | None:
    if "/" in cell:
        return _exact_linkedin(values, cell)
    try:
        profile = parse_slug(cell)
    except Refused as refused:
        return str(refused)
    return _put_profile(values, profile)


def _put_profile(values: Values, profile: Profile) -> str | None:
    """A slug and an internal id are both kept, each once."""
    if profile.kind == "in":
        index, value = SLUG, profile.value
    else:
        index, value = LINKEDIN_ID, profile.key
    known = values[index]
    if known is None:
        values[index] = value
    elif known != value:
        # The ids of two products of LinkedIn differ for one person.
        other = isinstance(known, str) and known.partition(":")[0] != value.partition(":")[0]
        if index == LINKEDIN_ID and other:
            return _SPARE
        return "names somebody else than another column of this row"
    return None


def _provider_id(values: Values, cell: str) -> str | None:
    return _SPARE if cell in NOTHING else _exact_provider_id(values, cell)


def _exact_provider_id(values: Values, cell: str) -> str | None:
    if len(cell) > _MOST_PROVIDER_ID or _CONTROL.search(cell):
        return "is longer than 255 characters or holds control characters"
    if values[PROVIDER_ID] is not None:
        return None if values[PROVIDER_ID] == cell else _SPARE
    values[PROVIDER_ID] = cell
    return None


def _email(values: Values, cell: str) -> str | None:
    address, others = read_plain(cell), False
    if address is None:
        address, others, why = read_emails(cell)
        if address is None:
            return why
    if values[EMAIL] is None:
        values[EMAIL] = address
    elif values[EMAIL] != address:
        return _SPARE
    return _SPARE if others else None


_EXACT_STEPS: dict[str, _Step] = {
    "linkedinUrl": _exact_linkedin,
    "publicIdentifier": _exact_slug,
    "providerId": _exact_provider_id,
    "email": _email,
}
_OWN_STEPS: dict[str, _Step] = {**_EXACT_STEPS, "linkedinUrl": _linkedin}
_STEPS: dict[str, _Step] = {
    "linkedinUrl": _linkedin,
    "publicIdentifier": _slug,
    "providerId": _provider_id,
    "email": _email,
}
