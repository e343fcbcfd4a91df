"""`houselist import`: a file becomes an audience, with a job worker in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from houselist import config
from houselist.audiences import store as audiences
from houselist.cli import columns, options, out
from houselist.cli.first import first_start
from houselist.cli.following import follow
from houselist.cli.groups import find
from houselist.cli.lasting import lasting_database
from houselist.cli.report import report, report_skipped
from houselist.errors import Impossible, InsufficientCredits
from houselist.files.formats import format_of
from houselist.files.mapping import complete_mapping
from houselist.ids import Id
from houselist.jobs.shapes import Job
from houselist.jobs.start import start_by_name
from houselist.jobs.start_shapes import FileUploadStart, OnKnown
from houselist.people.fields import LEAVE_OUT
from houselist.people.rows import Options
from houselist.postgres import db
from houselist.texts import Name
from houselist.uploads import store as uploads
from houselist.uploads.receiving import receive
from houselist.uploads.shapes import Upload
from houselist.worker.beside import worker_beside


class Order(NamedTuple):
    """What is to be imported, and how."""

    file: str
    audience: Name
    mapping: dict[str, str]
    on_known: OnKnown
    dry_run: bool
    reading: Options


async def import_(
    file: options.File,
    /,
    *more: options.More,
    audience: str,
    account: options.Account = None,
    map_: options.Map = None,
    reading: options.Reading = options.AS_FOUND,
    on_known: OnKnown = "fill",
    once: bool = False,
    dry_run: bool = False,
    json: options.Json = False,
) -> int:
    """Imports, and reports.

    Args:
        audience: Name of the audience to fill. It is made when it does not exist.
        map_: column=field: what a column of the file holds. Repeat it, or list more after it, for
            more columns. Several columns may hold an address or ID: the first usable one counts.
            Columns without a --map are mapped by their names and by what they hold, where that is
            sure; `column=` keeps a column from being mapped, so that it becomes an attribute, and
            `column=leaveOut` leaves it out.
        on_known: What a row does to a person who is already known: `fill` adds what is missing;
            `update` replaces everything but LinkedIn address, providerId and e-mail address.
        once: Do nothing when an audience with this name exists. Without --account it is for the
            oldest account group.
        dry_run: Only tell what would become of each row. Nobody is written and no audience is made.
    """
    name = options.read_name(audience, "The audience's name")
    mapping = columns.read_mapping([*(map_ or []), *more], also=(LEAVE_OUT,))
    order = Order(file, name, mapping, on_known, dry_run, reading.read())
    with options.open_file(file) as stream:
        async with lasting_database(config.load()) as (found, pool):
            await first_start(pool, found.settings, json=json)
            async with db.acquire(pool) as connection:
                group = await find(connection, account, oldest=once)
                audience_id = await audiences.find_by_name(connection, group, name.key)
                if audience_id and once:
                    report_skipped(name, group, audience_id, json=json)
                    return out.DONE
                if audience_id:
                    # Better now than after a long upload.
                    await audiences.get_ready(connection, group, audience_id)
            upload = await _upload(pool, group, stream, order)
            job = await _start(pool, group, order, upload)
            job_id, total = bytes.fromhex(job.job_id), upload.row_count
            try:
                async with worker_beside(found.settings, found.dsn):
                    job = await follow(pool, found.dsn, group, job_id, quiet=json, total=total)
            except asyncio.CancelledError:
                out.tell(
                    f"Job {job.job_id} is not over. `houselist serve` or `houselist worker`"
                    f" continues it; `houselist jobs cancel {job.job_id}` ends it."
                )
                raise
            async with db.acquire(pool) as connection:
                return await report(connection, group, job, name, json=json)


async def _upload(pool: db.Pool, group: bytes, stream: BinaryIO, order: Order) -> Upload:
    """The file, stored. Raises UnreadableFile, UsageError."""
    format_ = format_of(order.file)

    def check_early(names: Sequence[str]) -> None:
        # NDJSON has all its columns only at its end.
        if format_ != "ndjson":
            columns.check_columns(order.mapping, names)

    upload = await receive(
        pool,
        group,
        stream,
        format_,
        order.reading,
        check_columns=check_early,
        name=Path(order.file).name,
    )
    for note in upload.notes:
        out.tell(note)
    return upload


async def _start(pool: db.Pool, group: bytes, order: Order, upload: Upload) -> Job:
    """The job, queued, on the audience of that name, made if need be."""
    upload_id = Id(bytes.fromhex(upload.upload_id))
    try:
        columns.check_read(order.file, order.mapping, upload.columns, upload.row_count)
        new = FileUploadStart(
            audience_name=order.audience,
            upload_id=upload_id,
            columns=complete_mapping(order.mapping, upload.suggested_mapping),
            on_known=order.on_known,
            dry_run=order.dry_run,
        )
        return await start_by_name(pool, group, order.audience, new)
    except (out.CommandError, InsufficientCredits, Impossible) as error:
        # Nobody knows of the upload, so nobody could use it.
        async with db.transaction(pool) as connection:
            await uploads.discard(connection, group, upload_id)
        raise _refusal(order.file, error) from error


def _refusal(file: str, error: Exception) -> Exception:
    """The same in words that say what to do."""
    if isinstance(error, InsufficientCredits):
        return out.CommandError(f"{error.details} `houselist accounts credits add` grants more.")
    if isinstance(error, Impossible):
        words = "; ".join(problem.message for problem in error.problems)
        return out.CommandError(f"{file}: {words}. --map column=field tells what a column holds.")
    return error
