"""How a file's people get into the directory: batch by batch, each in a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.merging import Meeting
from houselist.directory.people import read_network
from houselist.people.cells.candidates import Reader, Refusal
from houselist.people.fields import ATTRIBUTES, EMAIL, LINKEDIN_ID, PROVIDER_ID, SLUG
from houselist.postgres import db

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from houselist.directory.lexemes import Network
    from houselist.directory.merging import News
    from houselist.directory.spooling import Spooled
    from houselist.people.cells.candidates import Candidate
    from houselist.people.rows import Row
    from houselist.postgres.db import Connection

_BATCH = 2_000
_MOST_KEPT = 1_000


class Columns(NamedTuple):
    """What a file's columns are: fields of a person, at most one the distance, the rest unused."""

    mapping: Mapping[str, str]
    network: str | None
    unused: list[str]


@dataclass(slots=True)
class Loaded:
    """What became of the rows. Of the reasons the first thousand are kept, each with its row."""

    rows: int = 0
    counts: dict[News, int] = field(
        default_factory=lambda: {"added": 0, "changed": 0, "unchanged": 0}
    )
    refused: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    noted: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


class _Read(NamedTuple):
    """A row that names somebody. `note` says what of it can't be used."""

    candidate: Candidate
    network: Network | None
    note: str | None


async def load(
    pool: db.Pool,
    account_group_id: bytes,
    people: Spooled,
    columns: Columns,
    *,
    list_id: int | None,
    loaded: Loaded,
    report: Callable[[int], None],
) -> None:
    """Loads everybody; `loaded` tells at any time what is in. Raises Upstream, NotFound."""
    # The directory finds people by the words of a full name, wherever its parts begin.
    reader = Reader(people.columns, columns.mapping, splits_names=False)
    for rows in _batches(people):
        read = [_read(reader, row, columns.network) for row in rows]
        there = [each for each in read if not isinstance(each, Refusal)]
        async with db.transaction(pool) as connection:
            news = await _write(connection, account_group_id, there, list_id)
        _note(loaded, read)
        for each in news:
            loaded.counts[each] += 1
        report(loaded.rows)
    async with db.acquire(pool) as connection:
        await store.refresh(connection)


def _batches(people: Spooled) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for rows in people.chunks():
        batch += rows
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _read(reader: Reader, row: Row, network_column: str | None) -> _Read | Refusal:
    candidate = reader.read(row)
    if isinstance(candidate, Refusal):
        return candidate
    attributes = candidate.values[ATTRIBUTES]
    cell = attributes.get(network_column or "") if isinstance(attributes, dict) else None
    network = read_network(cell) if cell else None
    note = candidate.note
    if cell and network is None:
        why = f"{network_column}: is none of F, S and O (or 1st, 2nd and 3rd)"
        note = why if note is None else f"{note}; {why}"
    candidate.values[ATTRIBUTES] = None
    return _Read(candidate, network, note)


async def _write(
    connection: Connection, account_group_id: bytes, read: list[_Read], list_id: int | None
) -> list[News]:
    """One batch, in the caller's transaction; what each row came to."""
    await store.take_turn(connection, account_group_id)
    known = await store.get_known(
        connection,
        account_group_id,
        public_identifiers=_all(read, SLUG),
        linkedin_ids=_all(read, LINKEDIN_ID),
        provider_ids=_all(read, PROVIDER_ID),
        emails=_all(read, EMAIL),
    )
    meeting = Meeting(known, list_id)
    news: list[News] = [meeting.take(each.candidate, each.network) for each in read]
    if meeting.newcomers:
        first = await store.take_numbers(connection, account_group_id, meeting.newcomers)
        await store.add_people(connection, account_group_id, meeting.added(first))
    if changed := meeting.changed():
        await store.change_people(connection, account_group_id, changed)
    if list_id is not None:
        await sources.grow_list(connection, account_group_id, list_id, meeting.joined)
    return news


def _all(read: Iterable[_Read], index: int) -> set[str]:
    values = (each.candidate.values[index] for each in read)
    return {value for value in values if isinstance(value, str)}


def _note(loaded: Loaded, read: Iterable[_Read | Refusal]) -> None:
    for each in read:
        loaded.rows += 1
        if isinstance(each, Refusal):
            loaded.refused += 1
            if len(loaded.reasons) < _MOST_KEPT:
                loaded.reasons.append((loaded.rows, each.reason))
        elif each.note is not None:
            loaded.noted += 1
            if len(loaded.notes) < _MOST_KEPT:
                loaded.notes.append((loaded.rows, each.note))
