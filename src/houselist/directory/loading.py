"""How the people of a file get into the directory: in batches, one transaction each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from houselist.directory import sources_store as sources
from houselist.directory import store
from houselist.directory.merging import DirectoryBatch
from houselist.people.cells.candidates import InvalidRow, Reader
from houselist.people.fields import ATTRIBUTES, IDENTITIES
from houselist.postgres import db
from houselist.searches.networks import read_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from houselist.directory.columns import Columns
    from houselist.directory.merging import RowOutcome
    from houselist.directory.spooling import SpooledFile
    from houselist.people.cells.candidates import Candidate
    from houselist.people.rows import Row
    from houselist.postgres.db import Connection
    from houselist.searches.networks import Network

_BATCH = 2_000
_MAX_KEPT = 1_000


@dataclass(slots=True)
class Loaded:
    """What became of the rows. The first thousand reasons and notes are kept, each with its row."""

    rows: int = 0
    counts: dict[RowOutcome, int] = field(
        default_factory=lambda: {"added": 0, "changed": 0, "unchanged": 0}
    )
    refused: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    noted: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


class _ReadRow(NamedTuple):
    """A row that names somebody. `note`: what in it can't be used."""

    candidate: Candidate
    network: Network | None
    note: str | None


async def load(
    pool: db.Pool,
    account_group_id: bytes,
    file: SpooledFile,
    columns: Columns,
    *,
    list_id: int | None,
    loaded: Loaded,
    report: Callable[[int], None],
) -> None:
    """Loads everybody; `loaded` always tells what is stored. Raises Upstream, NotFound."""
    # The directory finds people by the words of a full name, so names are not split.
    reader = Reader(file.columns, columns.mapping, splits_names=False)
    for rows in _batches(file):
        read = [_read(reader, row, columns.network) for row in rows]
        valid = [each for each in read if not isinstance(each, InvalidRow)]
        async with db.transaction(pool) as connection:
            outcomes = await _write(connection, account_group_id, valid, list_id)
        _note(loaded, read)
        for outcome in outcomes:
            loaded.counts[outcome] += 1
        report(loaded.rows)
    async with db.acquire(pool) as connection:
        await store.flush_index(connection)


def _batches(file: SpooledFile) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for rows in file.chunks():
        batch += rows
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _read(reader: Reader, row: Row, network_column: str | None) -> _ReadRow | InvalidRow:
    candidate = reader.read(row)
    if isinstance(candidate, InvalidRow):
        return candidate
    attributes = candidate.values[ATTRIBUTES]
    cell = attributes.get(network_column or "") if isinstance(attributes, dict) else None
    network = read_network(cell) if cell else None
    note = candidate.note
    if cell and network is None:
        why = f"{network_column}: is none of F, S and O (or 1st, 2nd and 3rd)"
        note = why if note is None else f"{note}; {why}"
    # The directory keeps a person's fields and nothing else.
    candidate.values[ATTRIBUTES] = None
    return _ReadRow(candidate, network, note)


async def _write(
    connection: Connection, account_group_id: bytes, rows: list[_ReadRow], list_id: int | None
) -> list[RowOutcome]:
    """One batch, in the caller's transaction; what became of each row."""
    await store.lock_directory(connection, account_group_id)
    wanted = [_all(rows, index) for index in range(IDENTITIES)]
    known = await store.get_known(connection, account_group_id, wanted)
    batch = DirectoryBatch(known, list_id)
    outcomes: list[RowOutcome] = [batch.add(each.candidate, each.network) for each in rows]
    if batch.created:
        first = await store.take_numbers(connection, account_group_id, batch.created)
        await store.add_people(connection, account_group_id, batch.entries_created(first))
    if changed := batch.entries_changed():
        await store.change_people(connection, account_group_id, changed)
    if list_id is not None:
        await sources.grow_list(connection, account_group_id, list_id, batch.joined)
    return outcomes


def _all(rows: Iterable[_ReadRow], index: int) -> set[str]:
    values = (each.candidate.values[index] for each in rows)
    return {value for value in values if isinstance(value, str)}


def _note(loaded: Loaded, read: Iterable[_ReadRow | InvalidRow]) -> None:
    for each in read:
        loaded.rows += 1
        if isinstance(each, InvalidRow):
            loaded.refused += 1
            if len(loaded.reasons) < _MAX_KEPT:
                loaded.reasons.append((loaded.rows, each.reason))
        elif each.note is not None:
            loaded.noted += 1
            if len(loaded.notes) < _MAX_KEPT:
                loaded.notes.append((loaded.rows, each.note))
