"""One export from its snapshot to the bytes of its file, for HTTP and the command line alike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from houselist.audiences import store as audiences
from houselist.errors import Impossible, Problem
from houselist.files.writer import MAX_CELL, MAX_STREAMED, UnwritableRows, writing
from houselist.people.members_store import get_list
from houselist.prospects.export import columns as choosing
from houselist.prospects.export import store
from houselist.prospects.export.guarding import guarded, header_line
from houselist.prospects.export.ndjson import Lines
from houselist.prospects.export.selecting import Everybody, choose, choose_named
from houselist.prospects.shapes import MemberFilters

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from houselist.files.writer import Made, Writer
    from houselist.postgres.db import Connection
    from houselist.prospects.export.columns import Columns
    from houselist.prospects.export.selecting import Selected

    Take: TypeAlias = Callable[[bytes], Awaitable[None]]

ExportFormat: TypeAlias = Literal["csv", "ndjson", "xlsx", "parquet"]
_BOM = b"\xef\xbb\xbf"
# Of a worksheet, without its header.
MAX_XLSX_ROWS = 1_048_575
# Bytes that a cell takes in a sheet beside its text, and those of each byte of text: few of them
# are escaped.
_XML_A_CELL, _XML_A_BYTE = 80, 2
# Bytes of rows that are finished at a time: a few hundred rows, and a millisecond or two.
_AT_A_TIME = 65_536


class Wanted(NamedTuple):
    """What is asked for. `fields`: columns by their names in a CSV header; None: all.

    `filters`: who fits; everybody without them. `named`: of whom alone it is, by their ids; None:
    of anybody. `history_days`: how long it is known who has left.
    """

    format: ExportFormat = "csv"
    fields: Sequence[str] | None = None
    bom: bool = True
    raw: bool = False
    filters: MemberFilters = MemberFilters()
    named: frozenset[bytes] | None = None
    history_days: int = 0


class Export(NamedTuple):
    """What write() writes, in the transaction that prepare() looked around in."""

    account_group_id: bytes
    list_id: bytes
    name: str
    wanted: Wanted
    columns: Columns
    selected: Selected


async def check(
    connection: Connection, account_group_id: bytes, audience_id: bytes, wanted: Wanted
) -> None:
    """Raises what prepare() would, as far as nobody has to be looked for: it takes no time."""
    audience = await audiences.get_ready(connection, account_group_id, audience_id)
    if wanted.filters == MemberFilters() and wanted.named is None:
        _check_size(wanted, audience.prospect_count)


async def prepare(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    wanted: Wanted,
) -> Export:
    """What an export will hold.

    Needs a transaction of one snapshot around it and write(). Raises NotFound, AudienceNotReady,
    Invalid for a field that nobody has or a moment that nobody knows of, and Impossible for too
    many people.
    """
    audience = await audiences.get_ready(connection, account_group_id, audience_id)
    list_id = await get_list(connection, account_group_id, audience_id)
    selected: Selected = Everybody(audience.prospect_count)
    if wanted.filters != MemberFilters():
        selected = await choose(
            connection,
            account_group_id,
            audience_id,
            wanted.filters,
            wanted.named,
            history_days=wanted.history_days,
        )
    elif wanted.named is not None:
        selected = await choose_named(connection, account_group_id, list_id, wanted.named)
    _check_size(wanted, selected.people)
    columns = await _columns(connection, account_group_id, list_id, selected, wanted)
    if wanted.format == "ndjson":
        columns = choosing.nested(columns)
    return Export(account_group_id, list_id, audience.name, wanted, columns, selected)


async def _columns(
    connection: Connection,
    account_group_id: bytes,
    list_id: bytes,
    selected: Selected,
    wanted: Wanted,
) -> Columns:
    """Raises Invalid for a field that nobody has."""
    if wanted.fields is None and wanted.format == "ndjson":
        return choosing.shown_columns()
    found: set[str] = set()
    asked = None if wanted.fields is None else choosing.attributes_among(wanted.fields)
    limit = choosing.MAX_ATTRIBUTES + 1
    for part in selected.parts():
        at = connection, account_group_id, list_id, part
        if asked is None:
            found.update(await store.find_attributes(*at, limit))
            found = set(sorted(found)[:limit])
        else:
            missing = [name for name in asked if name not in found]
            found.update(await store.known_attributes(*at, missing))
    if wanted.fields is None:
        return choosing.all_columns(sorted(found))
    return choosing.chosen_columns(wanted.fields, found)


def _check_size(wanted: Wanted, people: int) -> None:
    if wanted.format == "xlsx" and people > MAX_XLSX_ROWS:
        raise Impossible(Problem("format", too_many(people)))


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
    rows = None
    if made == "xlsx" and await _can_be_sent_as_made(connection, export):
        rows = export.selected.people
    async with writing(made, header, guarded=guarded_, rows=rows) as writer:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(writer.pieces(take))
                tasks.create_task(_feed(connection, export, writer))
        except BaseExceptionGroup as errors:
            # The first that failed ended the other.
            raise errors.exceptions[0] from None


async def _can_be_sent_as_made(connection: Connection, export: Export) -> bool:
    """Whether each cell fits into a workbook, and the sheet into what a zip can hold unfinished.

    Else it is made whole before anything is sent, so that what doesn't fit is refused.
    """
    at = connection, export.account_group_id, export.list_id
    size = 0
    for part in export.selected.parts():
        found = await store.measure(
            *at, part, export.columns, a_cell=_XML_A_CELL, a_byte=_XML_A_BYTE
        )
        if found.longest > MAX_CELL:
            return False
        size += found.cells
    return size <= MAX_STREAMED


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

    count = 0
    async with asyncio.timeout(store.SCAN_TIMEOUT) as silence:
        for part in export.selected.parts():
            count += await store.copy(
                connection,
                export.account_group_id,
                export.list_id,
                part,
                columns=export.columns,
                written=written,
                take=collect,
            )
    if count != export.selected.people:
        raise BrokenExportError(f"{count:,} of {export.selected.people:,} people")
    if rows:
        await take(finish(bytes(rows)))
