"""Whom an export holds: everybody in the audience, or those whom filters find, in their order."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from houselist.ids import ID_BYTES
from houselist.people.members_store import get_joined
from houselist.prospects import pages
from houselist.prospects.export.store import CHOSEN, Selection
from houselist.prospects.finding_all import find_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from houselist.postgres.db import Connection
    from houselist.prospects.shapes import MemberFilters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of those whom filters found, so many are read by one statement.
_AT_ONCE = 5_000


class Selected(Protocol):
    """Whom an export holds. The parts come one after the other."""

    @property
    def people(self) -> int: ...

    def parts(self) -> Iterator[Selection]: ...


class Everybody(NamedTuple):
    """Everybody in the audience."""

    people: int

    def parts(self) -> Iterator[Selection]:
        yield Selection()


class Chosen:
    """Those whom filters found: 20 bytes for each of them."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._moments = array("q")

    @property
    def people(self) -> int:
        return len(self._moments)

    def add(self, prospect_id: bytes, added_at: datetime) -> None:
        self._ids += prospect_id
        self._moments.append((added_at - _EPOCH) // _MICROSECOND)

    def parts(self) -> Iterator[Selection]:
        for first in range(0, self.people, _AT_ONCE):
            moments = self._moments[first : first + _AT_ONCE]
            starts = range(first * ID_BYTES, (first + len(moments)) * ID_BYTES, ID_BYTES)
            ids = [bytes(self._ids[start : start + ID_BYTES]) for start in starts]
            times = [_EPOCH + timedelta(microseconds=moment) for moment in moments]
            yield Selection(source=CHOSEN, arguments=(ids, times))


async def choose(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    filters: MemberFilters,
    named: Collection[bytes] | None,
    *,
    history_days: int,
) -> Chosen:
    """Who fits, in the order in which they were added, of one snapshot.

    `named`: of whom alone it is, None: of anybody. `history_days`: how long it is known who has
    left. Raises NotFound, AudienceNotReady, or Invalid for a moment that nobody knows of.
    """
    chosen = Chosen()
    question = await pages.begin(
        connection, account_group_id, audience_id, filters, history_days=history_days
    )
    if question is not None:
        async for keys in find_all(connection, question.asked):
            for key in keys:
                if named is None or key.prospect_id in named:
                    chosen.add(key.prospect_id, key.added_at)
    return chosen


async def choose_named(
    connection: Connection, account_group_id: bytes, list_id: bytes, named: Collection[bytes]
) -> Chosen:
    """Those of the people who are in the list, in the order in which they were added."""
    chosen = Chosen()
    for prospect_id, added_at in await get_joined(connection, account_group_id, list_id, named):
        chosen.add(prospect_id, added_at)
    return chosen
