"""What a batch adds, as COPY takes it: people in its text format, all else in its binary one. Pure.

asyncpg encodes cell by cell while PostgreSQL waits. This is done before, column by column.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any, cast, get_args

import msgspec

from houselist.ids import ID_BYTES
from houselist.people.fields import ATTRIBUTES, COLUMNS
from houselist.people.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from houselist.people.members_store import By
    from houselist.people.outcomes import Verdict
    from houselist.people.person import Person

BINARY_START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_END = b"\xff\xff"
# People in one piece. Between two pieces the event loop can do something else.
_PIECE = 250
_NULL = b"\xff\xff\xff\xff"
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# What stands for null, and in front of the hexadecimal digits of an id.
_NO_TEXT, _HEX = "\\N", "\\\\x"

_encode_json = msgspec.json.Encoder().encode


def attributes_text(attributes: Any) -> str | None:
    """A person's attributes as PostgreSQL takes them."""
    return None if attributes is None else _encode_json(attributes).decode()


def _size(size: int) -> bytes:
    return size.to_bytes(4, "big")


def _bytes(value: bytes) -> bytes:
    return _size(len(value)) + value


_ID_SIZE = _size(ID_BYTES)
_OUTCOMES = {outcome: _bytes(outcome.encode()) for outcome in get_args(Outcome)}


class PeopleCopy:
    """People as text for COPY: account group, id, moment, and the columns that anybody fills.

    Among these is by whom they were made: by rows of a job, or by the key of a request.
    """

    def __init__(
        self,
        account_group_id: bytes,
        people: Sequence[Person],
        moment: datetime,
        by: By | None = None,
    ) -> None:
        self._fixed = [_HEX + account_group_id.hex(), moment.isoformat()]
        self._ids = [person.id for person in people]
        self._cells: list[Sequence[Any]] = []
        names: list[str] = []
        if by is not None and by.job_id is not None:
            self._fixed.append(_HEX + by.job_id.hex())
            self._cells.append([each.row and str(each.row) for each in people])
            names = ["made_by_job_id", "made_by_row"]
        elif by is not None and by.key_id is not None:
            self._fixed.append(_HEX + by.key_id.hex())
            names = ["made_by_key_id"]
        columns = list(zip(*(person.values for person in people), strict=True))
        filled = [n for n, column in enumerate(columns) if column.count(None) < len(column)]
        self._cells += [columns[n] for n in filled]
        self.columns = [*names, *(COLUMNS[n] for n in filled)]
        self._has_attributes = ATTRIBUTES in filled

    def pieces(self) -> Iterator[bytes]:
        for first in range(0, len(self._ids), _PIECE):
            piece = slice(first, first + _PIECE)
            cells: list[Sequence[Any]] = [column[piece] for column in self._cells]
            if self._has_attributes:  # the last column
                cells[-1] = [attributes_text(each) for each in cells[-1]]
            yield text_of(self._fixed, self._ids[piece], cells)


def text_of(
    fixed: Sequence[str], ids: Sequence[bytes], cells: Sequence[Sequence[str | None]]
) -> bytes:
    """Rows as text for COPY: the first of `fixed`, an id, the rest of `fixed`, these columns."""
    group, *rest = fixed
    before = [repeat(group), [_HEX + each.hex() for each in ids], *map(repeat, rest)]
    nulls = sum(column.count(None) for column in cells)
    text = _lines([*before, *map(_no_nulls, cells)])
    # Honest cells need no escapes, and counting is cheaper than looking at each of them.
    marks = len(ids) * "".join((_HEX, *fixed)).count("\\") + nulls * _NO_TEXT.count("\\")
    if (
        text.count("\\") != marks
        or text.count("\t") != len(ids) * (len(cells) + len(before) - 1)
        or text.count("\n") != len(ids)
        or "\r" in text
    ):
        text = _lines([*before, *map(_escaped, cells)])
    return text.encode()


def _lines(columns: Iterable[Iterable[str]]) -> str:
    # The columns that are the same in each row have no end.
    return "\n".join(map("\t".join, zip(*columns, strict=False))) + "\n"


def _no_nulls(column: Sequence[str | None]) -> Iterable[str]:
    if None not in column:
        return cast("Sequence[str]", column)
    return [_NO_TEXT if cell is None else cell for cell in column]


def _escaped(column: Sequence[str | None]) -> Iterable[str]:
    return [_NO_TEXT if cell is None else cell.translate(_ESCAPES) for cell in column]


def members(
    account_group_id: bytes,
    audience_id: bytes,
    seen_by: bytes,
    people: Iterable[Person],
    *,
    first_position: int,
    moment: datetime,
) -> bytes:
    """Memberships: account group, audience, position, person, who saw them, the moment."""
    head = struct.pack(">h", 6) + _bytes(account_group_id) + _bytes(audience_id) + _size(8)
    tail = _bytes(seen_by) + _size(8) + ((moment - _EPOCH) // _MICROSECOND).to_bytes(8, "big")
    rows = [
        b"".join((head, position.to_bytes(8, "big"), _ID_SIZE, person.id, tail))
        for position, person in enumerate(people, first_position)
    ]
    return b"".join((BINARY_START, *rows, BINARY_END))


def rows(
    account_group_id: bytes, job_id: bytes, verdicts: Iterable[Verdict], *, first_row: int
) -> bytes:
    """The ledger's rows, one after the other: account group, job, row, outcome, reason, person."""
    return ledger(account_group_id, job_id, enumerate(verdicts, first_row))


def ledger(
    account_group_id: bytes, job_id: bytes, numbered: Iterable[tuple[int, Verdict]]
) -> bytes:
    """The same for rows with these numbers."""
    head = struct.pack(">h", 6) + _bytes(account_group_id) + _bytes(job_id) + _size(8)
    found: list[bytes] = []
    for row, (outcome, reason, prospect_id) in numbered:
        what = _OUTCOMES[outcome]
        why = _NULL if reason is None else _bytes(reason.encode())
        who = _NULL if prospect_id is None else _ID_SIZE + prospect_id
        found.append(b"".join((head, row.to_bytes(8, "big"), what, why, who)))
    return b"".join((BINARY_START, *found, BINARY_END))
