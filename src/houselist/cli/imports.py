"""`houselist import`: a file becomes an audience, with a job worker in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import uvloop

from houselist import config, logs
from houselist.audiences import store as audiences
from houselist.cli import columns, out
from houselist.cli.database import Database, database
from houselist.cli.first import first_start
from houselist.cli.following import follow
from houselist.cli.groups import find
from houselist.cli.options import (
    AS_FOUND,
    Account,
    File,
    Json,
    Map,
    More,
    Reading,
    open_file,
    read_name,
)
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
from houselist.serving.postgres import kept_running
from houselist.texts import Name
from houselist.uploads import store as uploads
from houselist.uploads.receiving import receive
from houselist.uploads.shapes import Upload
from houselist.worker.beside import worker_beside

_MAP = "--map column=field tells what a column holds."


class Order(NamedTuple):
    """One import, as it was asked for."""

    file: str
    audience: Name
    account: str | None
    mapping: dict[str, str]
    on_known: OnKnown
    once: bool
    dry_run: bool
    json: bool
    options: Options


def import_(
    file: File,
    /,
    *more: More,
    audience: str,
    account: Account = None,
    map_: Map = None,
    reading: Reading = AS_FOUND,
    on_known: OnKnown = "fill",
    once: bool = False,
    dry_run: bool = False,
    json: Json = False,
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
    name = read_name(audience, "The audience's name")
    mapping = columns.read_mapping([*(map_ or []), *more], also=(LEAVE_OUT,))
    order = Order(file, name, account, mapping, on_known, once, dry_run, json, reading.read())
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
            group = await find(connection, order.account, oldest=order.once)
            audience_id = await audiences.find_by_name(connection, group, order.audience.key)
            if audience_id and order.once:
                report_skipped(order.audience, group, audience_id, json=order.json)
                return out.DONE
            if audience_id:
                # Better now than after a long upload.
                await audiences.get_ready(connection, group, audience_id)
        upload = await _upload(pool, group, stream, order)
        try:
            _check(order, upload)
            job = await _start(pool, group, order, upload)
        except (out.CommandError, InsufficientCredits, Impossible) as error:
            # Nobody knows of the upload, so nobody could use it.
            async with db.transaction(pool) as connection:
                await uploads.discard(connection, group, bytes.fromhex(upload.upload_id))
            raise _refusal(order, error) from error
        job = await _run(pool, found, group, job, upload.row_count, quiet=order.json)
        async with db.acquire(pool) as connection:
            return await report(connection, group, job, order.audience, json=order.json)


async def _run(
    pool: db.Pool, found: Database, group: bytes, job: Job, total: int, *, quiet: bool
) -> Job:
    """The job once it is over. Interrupted, it says what becomes of the job."""
    job_id = bytes.fromhex(job.job_id)
    try:
        async with worker_beside(found.settings, found.dsn):
            return await follow(pool, found.dsn, group, job_id, quiet=quiet, total=total)
    except asyncio.CancelledError:
        out.tell(
            f"Job {job.job_id} is not over. `houselist serve` or `houselist worker` continues it;"
            f" `houselist jobs cancel {job.job_id}` ends it."
        )
        raise


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
        order.options,
        check_columns=check_early,
        name=Path(order.file).name,
    )
    for note in upload.notes:
        out.tell(note)
    return upload


def _check(order: Order, upload: Upload) -> None:
    columns.check_columns(order.mapping, upload.columns)
    if not upload.row_count:
        raise out.CommandError(f"{order.file} has no rows below its header.")


def _refusal(order: Order, error: Exception) -> Exception:
    """The same in words that say what to do."""
    if isinstance(error, InsufficientCredits):
        return out.CommandError(f"{error.details} `houselist accounts credits add` grants more.")
    if isinstance(error, Impossible):
        words = "; ".join(problem.message for problem in error.problems)
        return out.CommandError(f"{order.file}: {words}. {_MAP}")
    return error


async def _start(pool: db.Pool, group: bytes, order: Order, upload: Upload) -> Job:
    """The job, queued, on the audience of that name, made if need be."""
    new = FileUploadStart(
        audience_name=order.audience,
        upload_id=Id(bytes.fromhex(upload.upload_id)),
        columns=complete_mapping(order.mapping, upload.suggested_mapping),
        on_known=order.on_known,
        dry_run=order.dry_run,
    )
    return await start_by_name(pool, group, order.audience, new)
