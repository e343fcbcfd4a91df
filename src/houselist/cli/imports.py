"""`houselist import`: a file becomes an audience, with a job worker in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import uvloop
from cyclopts import Parameter

from houselist import config, logs
from houselist.audiences import store as audiences
from houselist.cli import accounts, columns, out
from houselist.cli.database import database
from houselist.cli.files import format_of, open_file
from houselist.cli.first import first_start
from houselist.cli.report import report, report_skipped
from houselist.cli.running import follow_job, worker_beside
from houselist.errors import Conflict, Impossible, InsufficientCredits
from houselist.files.mapping import complete_mapping
from houselist.ids import Id
from houselist.jobs.shapes import JobStart, OnKnown
from houselist.jobs.start import start
from houselist.people.rows import Options
from houselist.postgres import db
from houselist.serving.upkeep import kept_running
from houselist.texts import Name
from houselist.uploads import store as uploads
from houselist.uploads.receiving import receive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from houselist.cli.database import Database
    from houselist.jobs.shapes import Job
    from houselist.uploads.shapes import Upload

_ATTEMPTS = 3
_MAP = "--map column=field tells what a column holds."
_GRANT = "`houselist accounts credits add` grants more."


class Order(NamedTuple):
    """One import, as it was asked for."""

    file: str
    audience: Name
    account: str | None
    mapping: dict[str, str]
    on_known: OnKnown
    once: bool
    json: bool
    options: Options


def import_(
    file: str,
    /,
    *more: Annotated[str, Parameter(show=False)],
    audience: str,
    account: str | None = None,
    map_: Annotated[list[str] | None, Parameter(name="--map")] = None,
    encoding: str | None = None,
    sheet: str | None = None,
    on_known: OnKnown = "fill",
    once: bool = False,
    json: bool = False,
) -> int:
    """Fill an audience from a CSV, NDJSON, Excel or OpenDocument file.

    It works without a running `houselist serve`, and beside one. At the end it tells the counts
    and which rows were refused. Exit code 1 when the job failed or no row could be used.

    Parameters
    ----------
    file
        The file. Its ending tells the format: .csv, .tsv, .txt, .ndjson, .jsonl,
        .xlsx, .xlsm, .xls, .ods.
    audience
        Name of the audience to fill; one that does not exist is made.
    account
        Id of the account group; needed where there are several.
    map_
        column=field: what a column of the file holds. Again, or more of them after it, for
        more columns; of several for an address or id, the first that can be used is. Columns that
        are not named are mapped by their names and by what they hold, where that is sure;
        `column=` keeps one out of that, so that it becomes an attribute.
    encoding
        The encoding of a CSV or NDJSON file, such as windows-1250 or shift_jis. Without it the
        encoding is found out; where that is not sure, the file is refused.
    sheet
        The sheet of a workbook to read, by its name or number. Without it that is the first one
        that holds people.
    on_known
        What a row does with a person who is known already: `fill` what is not known yet, or
        `update` all that it tells but LinkedIn address, providerId and e-mail address.
    once
        Do nothing when there is an audience of this name already. Without --account it is for
        the oldest account group.
    json
        Print one JSON object and nothing else.
    """
    try:
        name = Name(audience)
    except ValueError as error:
        raise out.UsageError(f"The audience's name {error}.") from error
    mapping = columns.read_mapping([*(map_ or []), *more])
    order = Order(file, name, account, mapping, on_known, once, json, Options(encoding, sheet))
    settings = config.load()
    logs.configure("warning")
    with open_file(file) as stream, database(settings) as found:
        return uvloop.run(_import(order, stream, found))


async def _import(order: Order, stream: BinaryIO, found: Database) -> int:
    async with (
        kept_running(found.server),
        db.make_pool(found.dsn, size=4, command_timeout=None) as pool,
    ):
        await first_start(pool, found.settings, json=order.json)
        async with db.acquire(pool) as connection:
            group = await accounts.find(connection, order.account, oldest=order.once)
            audience_id = await audiences.find_by_name(connection, group, order.audience.key)
            if audience_id and order.once:
                report_skipped(order.audience, group, audience_id, json=order.json)
                return out.DONE
            if audience_id:
                # Better now than after a long upload.
                await audiences.get_ready(connection, group, audience_id)
        upload = await _upload(pool, group, stream, order)
        try:
            job = await _start(pool, group, order, upload)
        except InsufficientCredits as error:
            await _discard(pool, group, upload)
            raise out.CommandError(f"{error.details} {_GRANT}") from error
        except Impossible as error:
            await _discard(pool, group, upload)
            words = "; ".join(problem.message for problem in error.problems)
            raise out.CommandError(f"{order.file}: {words}. {_MAP}") from error
        async with worker_beside(found.settings, found.dsn):
            job = await follow_job(pool, group, job, upload.row_count, quiet=order.json)
        async with db.acquire(pool) as connection:
            return await report(connection, group, job, order.audience, json=order.json)


async def _upload(pool: db.Pool, group: bytes, stream: BinaryIO, order: Order) -> Upload:
    """The file, stored. Raises UnreadableFile, UsageError, CommandError."""
    format_ = format_of(order.file)

    def check_early(names: Sequence[str]) -> None:
        # NDJSON has all its columns only at its end.
        if format_ != "ndjson":
            columns.check_columns(order.mapping, names)

    upload = await receive(pool, group, stream, format_, order.options, check_columns=check_early)
    for note in upload.notes:
        out.tell(note)
    try:
        _check(order, upload)
    except out.CommandError:
        await _discard(pool, group, upload)
        raise
    return upload


async def _discard(pool: db.Pool, group: bytes, upload: Upload) -> None:
    """Removes an upload that nobody could use, because nobody knows it."""
    async with db.transaction(pool) as connection:
        await uploads.discard(connection, group, bytes.fromhex(upload.upload_id))


def _check(order: Order, upload: Upload) -> None:
    columns.check_columns(order.mapping, upload.columns)
    if not upload.row_count:
        raise out.CommandError(f"{order.file} has no rows below its header.")


async def _start(pool: db.Pool, group: bytes, order: Order, upload: Upload) -> Job:
    """The job, queued, on the audience of that name, made if need be."""
    new = JobStart(
        type="file_upload",
        audience_name=order.audience,
        upload_id=Id(bytes.fromhex(upload.upload_id)),
        columns=complete_mapping(order.mapping, upload.suggested_mapping),
        on_known=order.on_known,
    )
    for _ in range(_ATTEMPTS - 1):
        try:
            return await _start_once(pool, group, order, new)
        except Conflict:  # somebody else made the audience after we looked: look again
            continue
    return await _start_once(pool, group, order, new)


async def _start_once(pool: db.Pool, group: bytes, order: Order, new: JobStart) -> Job:
    async with db.transaction(pool) as connection:
        there = await audiences.find_by_name(connection, group, order.audience.key)
        if there:
            new = msgspec.structs.replace(new, audience_id=Id(there), audience_name=None)
        return await start(connection, group, new)
