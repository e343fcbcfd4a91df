"""One export from its snapshot to the bytes of its file, for HTTP and the command line alike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from houselist.audiences import store as audiences
from houselist.errors import Impossible, Problem
from houselist.files.writer import UnwritableRows, writing
from houselist.people.members_store import get_list
from houselist.prospects.export import columns as choosing
from houselist.prospects.export import store
from houselist.prospects.export.guarding import guarded, header_line
from houselist.prospects.export.ndjson import Lines
from houselist.prospects.export.store import Selection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from houselist.files.writer import Made, Writer
    from houselist.postgres.db import Connection
    from houselist.prospects.export.columns import Columns

    Take: TypeAlias = Callable[[bytes], Awaitable[None]]

ExportFormat: TypeAlias = Literal["csv", "ndjson", "xlsx", "parquet"]
_BOM = b"\xef\xbb\xbf"
# Of a worksheet, without its header.
MAX_XLSX_ROWS = 1_048_575
# Bytes of rows that are finished at a time: a few hundred rows, and a millisecond or two.
_AT_A_TIME = 65_536


class Wanted(NamedTuple):
    """What is asked for. `fields`: columns by their names in a CSV header; None: all."""

    format: ExportFormat = "csv"
    fields: Sequence[str] | None = None
    bom: bool = True
    raw: bool = False


class Export(NamedTuple):
    """What write() writes, in the transaction that prepare() looked around in."""

    account_group_id: bytes
    list_id: bytes
    name: str
    wanted: Wanted
    columns: Columns
    selection: Selection
    people: int


async def prepare(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    wanted: Wanted,
    selection: Selection | None = None,
) -> Export:
    """What an export of everybody, or of `selection`, will hold.

    Needs a transaction of one snapshot around it and write(). Raises NotFound, AudienceNotReady,
    Invalid for a field that nobody has, and Impossible for too many people.
    """
    audience = await audiences.get_ready(connection, account_group_id, audience_id)
    list_id = await get_list(connection, account_group_id, audience_id)
    selection = selection or Selection(audience.prospect_count)
    at = connection, account_group_id, list_id, selection
    people = await store.count(*at) if selection.people is None else selection.people
    if wanted.format == "xlsx" and people > MAX_XLSX_ROWS:
        raise Impossible(Problem("format", too_many(people)))
    if wanted.fields is not None:
        asked = choosing.attributes_among(wanted.fields)
        known = await store.known_attributes(*at, asked)
        columns = choosing.chosen_columns(wanted.fields, known)
    elif wanted.format == "ndjson":
        columns = choosing.shown_columns()
    else:
        found = await store.find_attributes(*at, choosing.MAX_ATTRIBUTES + 1)
        columns = choosing.all_columns(found)
    if wanted.format == "ndjson":
        columns = choosing.nested(columns)
    return Export(account_group_id, list_id, audience.name, wanted, columns, selection, people)


def too_many(people: int) -> str:
    return (
        f"can't be xlsx for {people:,} people, because a worksheet holds {MAX_XLSX_ROWS:,};"
        " ask for csv"
    )


class BrokenExportError(Exception):
    """The rows were not those that were counted in the same snapshot."""


async def write(connection: Connection, export: Export, take: Take) -> None:
    """Gives the file to `take`, piece by piece.

    Raises Impossible where a workbook can't hold somebody's cell, before the first piece.
    """
    wanted, header = export.wanted, export.columns.header
    if wanted.format == "ndjson":
        await _copy(connection, export, "text", Lines(header).of, take)
    elif wanted.format == "csv":
        await take((_BOM if wanted.bom else b"") + header_line(header, raw=wanted.raw))
        finish = bytes if wanted.raw else guarded
        await _copy(connection, export, "csv", finish, take)
    else:
        try:
            await _make(connection, export, wanted.format, take)
        except UnwritableRows as error:
            words = f"can't be {wanted.format}: {error}"
            raise Impossible(Problem("format", words)) from error


async def _make(connection: Connection, export: Export, made: Made, take: Take) -> None:
    """Gives the rows to a process, and the file that comes out of it to `take`."""
    header, guarded_ = export.columns.header, not export.wanted.raw
    async with writing(made, header, guarded=guarded_) as writer:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(writer.pieces(take))
                tasks.create_task(_feed(connection, export, writer))
        except BaseExceptionGroup as errors:
            # The first that failed ended the other.
            raise errors.exceptions[0] from None


async def _feed(connection: Connection, export: Export, writer: Writer) -> None:
    await _copy(connection, export, "csv", bytes, writer.write)
    writer.finish()


async def _copy(
    connection: Connection,
    export: Export,
    written: store.Written,
    finish: Callable[[bytes], bytes],
    take: Take,
) -> None:
    """Finishes rows many at a time. Raises TimeoutError when PostgreSQL falls silent."""
    rows = bytearray()
    now = asyncio.get_running_loop().time

    async def collect(piece: bytes) -> None:
        rows.extend(piece)
        if len(rows) >= _AT_A_TIME:
            silence.reschedule(None)
            await take(finish(bytes(rows)))
            rows.clear()
            silence.reschedule(now() + store.SCAN_TIMEOUT)

    async with asyncio.timeout(store.SCAN_TIMEOUT) as silence:
        count = await store.copy(
            connection,
            export.account_group_id,
            export.list_id,
            export.selection,
            columns=export.columns,
            written=written,
            take=collect,
        )
    if count != export.people:
        raise BrokenExportError(f"{count:,} of {export.people:,} people")
    if rows:
        await take(finish(bytes(rows)))
