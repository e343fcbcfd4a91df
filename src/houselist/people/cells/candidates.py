"""From a row of a source to a candidate: the person's fields that its cells give. Pure."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from houselist.people.cells.emails import read_email
from houselist.people.cells.identities import EXACT_STEPS, OWN_STEPS, STEPS, bound
from houselist.people.cells.names import NOBODY, split_name, visible_name
from houselist.people.cells.plain_rows import Plan, read_plain
from houselist.people.exported import OWN, REST, attribute_of, is_exported, rest_of
from houselist.people.fields import (
    ATTRIBUTES,
    FIELD_INDEX,
    FIRST_NAME,
    IDENTITIES,
    LAST_NAME,
    LEAVE_OUT,
    NAME,
    WIDTH,
)
from houselist.people.nothing import HIDDEN, NO_FIELD, NO_NAME, NOTHING, is_hidden_name
from houselist.people.rows import BadRow, is_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from houselist.people.cells.identities import Step
    from houselist.people.fields import Values
    from houselist.people.rows import Cells, Row

__all__ = ["NO_IDENTITY", "REPEATED_HEADER", "Candidate", "InvalidRow", "Reader", "read_email"]

NO_IDENTITY = "has no LinkedIn URL, providerId or e-mail address, so it cannot be told who it is"
REPEATED_HEADER = "repeats the header: it is where a second file was put behind the first"
_MAX_REASON = 500
_NAMES = (FIRST_NAME, LAST_NAME, NAME)
# Only Houselist's own exports and a provider's people have all these columns. Their cells are taken
# as they are, even one that says 'null'.
_OWN_COLUMNS = {"publicIdentifier", "providerId", "company.linkedinIdentifier"}


class Candidate(NamedTuple):
    """A row that names a person. `note`: what in it could not be used, if anything.

    `has_name`: the row itself gives the full name; it was not made from first and last name.
    """

    values: Values
    note: str | None
    has_name: bool = False


# Columns of these can be read many rows at once.
_PLAIN_FIELDS = {"linkedinUrl", "email"}

_NOBODY: Values = [None] * IDENTITIES


class InvalidRow(NamedTuple):
    """A row that names nobody, and why."""

    reason: str


class Reader:
    """Turns rows into candidates by a mapping of columns to fields; the rest are attributes.

    A column that is mapped to LEAVE_OUT is neither.

    If several columns are mapped to one field, the first usable cell in the order of the mapping
    counts. `as_is`: the cells come from a program, or were typed one by one, so they are not
    repaired as cells of files are. `splits_names`: a full name alone gives first and last name.
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
        steps = EXACT_STEPS if as_is else OWN_STEPS if self._is_own else STEPS
        # For each value the column it comes from. The column after the last one is always empty.
        sources = [self._width] * WIDTH
        self._checked: list[tuple[int, str, Step]] = []
        positions = {column: index for index, column in enumerate(columns)}
        for column, field in mapping.items():
            index = positions.get(column)
            if index is None or field == LEAVE_OUT:
                continue
            if field in FIELD_INDEX:
                sources[FIELD_INDEX[field]] = index
            else:
                self._checked.append((index, column, bound(steps[field], field, column)))
        unmapped = [each for each in enumerate(columns) if each[1] not in mapping]
        self._rest = self._width
        if not as_is and is_exported(columns):
            self._rest = positions.get(REST, self._width)
            unmapped = [
                (index, attribute_of(column))
                for index, column in unmapped
                if column not in OWN and column != REST
            ]
        self._attributes = unmapped
        self._take = itemgetter(*sources)
        self._plan = None if self._is_own else self._make_plan(mapping, sources)

    def _make_plan(self, mapping: Mapping[str, str], sources: Sequence[int]) -> Plan | None:
        """How plain rows are read; None if the columns take a closer look."""
        place = {mapping[column]: index for index, column, _ in self._checked}
        is_plain = place.keys() <= _PLAIN_FIELDS and len(place) == len(self._checked)
        if not is_plain or not self._splits_names:
            return None
        slug, email = place.get("linkedinUrl", self._width), place.get("email", self._width)
        return Plan(self._width, sources, slug, email, self._attributes)

    def read_many(self, rows: Sequence[Row]) -> Iterator[list[Candidate | InvalidRow]]:
        """What rows say about people, in their order and some at a time.

        Rows that have to be read carefully come one by one, because one may take long.
        """
        plain = [None] * len(rows) if self._plan is None else read_plain(self._plan, rows)
        if all(plain):
            yield [Candidate(*values) for values in plain if values is not None]
            return
        found: list[Candidate | InvalidRow] = []
        for row, values in zip(rows, plain, strict=True):
            if values is None:
                yield [*found, self.read(row)]
                found = []
            else:
                found.append(Candidate(*values))
        yield found

    def read(self, row: Row) -> Candidate | InvalidRow:
        """What a row says about a person."""
        if isinstance(row, BadRow):
            return InvalidRow(row.reason)
        row = row + [None] * (self._width + 1 - len(row))
        if (first := row[0]) is not None and first[:1] == "'":
            row = _without_marks(row)
        values: Values = [*self._take(row)]
        attributes = {
            name: cell for index, name in self._attributes if (cell := row[index]) is not None
        }
        note = self._identify(row, values, attributes)
        if values[:IDENTITIES] == _NOBODY:
            return self._invalid(row, note)
        if self._is_own:
            if (rest := row[self._rest]) is not None:
                attributes |= rest_of(rest)
        elif not NO_FIELD.isdisjoint(row):
            attributes = _blank(values, attributes)
        if not self._is_own:
            _clean_names(values)
        first, last, name = values[FIRST_NAME : NAME + 1]
        if name is None:
            values[NAME] = f"{first} {last}" if first and last else first or last
        elif first is None and last is None and self._splits_names:
            _split(values, str(name))
        values[ATTRIBUTES] = attributes or None
        return Candidate(values, note and note[:_MAX_REASON], name is not None)

    def _identify(self, row: Cells, values: Values, attributes: dict[str, str]) -> str | None:
        """Reads the identities of a row; what in them could not be used, if anything."""
        note = None
        for index, column, step in self._checked:
            cell = row[index]
            if (
                cell is not None
                and (why := step(values, cell)) is not None
                and (self._is_own or cell not in NO_FIELD)
            ):
                # A cell that can't be used is kept as an attribute, so that nothing is lost.
                attributes[column] = cell
                if why:
                    note = f"{column}: {why}" if note is None else f"{note}; {column}: {why}"
        return note

    def _invalid(self, row: Cells, note: str | None) -> InvalidRow:
        """Why a row names nobody."""
        filled = [
            is_title(cell, column)
            for cell, column in zip(row, self._columns, strict=False)
            if cell is not None
        ]
        if len(filled) > 1 and all(filled):
            return InvalidRow(REPEATED_HEADER)
        return InvalidRow(f"{NO_IDENTITY}; {note}"[:_MAX_REASON] if note else NO_IDENTITY)


def _without_marks(row: Cells) -> Cells:
    """Removes the apostrophe that marks text in spreadsheets, if every cell of a row has one.

    A single cell keeps it: 't Hooft is a name.
    """
    filled = [cell for cell in row if cell is not None]
    if len(filled) > 1 and all(cell.startswith("'") for cell in filled):
        return [cell and (cell[1:].strip() or None) for cell in row]
    return row


def _blank(values: Values, attributes: dict[str, str]) -> dict[str, str]:
    """Words that stand for no value become None; the attributes without such words."""
    for index in range(IDENTITIES, ATTRIBUTES):
        if values[index] in (NO_NAME if index in _NAMES else NO_FIELD):
            values[index] = None
    return {name: cell for name, cell in attributes.items() if cell not in NOTHING}


def _clean_names(values: Values) -> None:
    """Drops what is invisible in the names, and names that LinkedIn hides."""
    for index in _NAMES:
        name = values[index]
        if isinstance(name, str) and not name.isprintable():
            values[index] = visible_name(name)
    first, last, name = (str(values[index] or "") for index in _NAMES)
    if HIDDEN in first and is_hidden_name(f"{first} {last}"):
        values[FIRST_NAME] = values[LAST_NAME] = None
    if HIDDEN in name and is_hidden_name(name):
        values[NAME] = None


def _split(values: Values, name: str) -> None:
    """Puts the first and last name of a full name in their columns."""
    parts = split_name(name)
    if parts is NOBODY:
        values[NAME] = None
    else:
        values[FIRST_NAME], values[LAST_NAME] = parts
