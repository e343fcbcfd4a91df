"""Starting a job: its source is there, its audience ready, and all is written or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist import queue
from houselist.audiences import store as audiences
from houselist.errors import Impossible, Invalid, Problem
from houselist.folders import store as folders
from houselist.folders.shapes import check_type
from houselist.prospecting import store
from houselist.uploads import store as uploads
from houselist.uploads.chunks import pack
from houselist.uploads.mapping import FIELDS

if TYPE_CHECKING:
    from houselist.db import Connection
    from houselist.prospecting.shapes import Job, JobStart
    from houselist.uploads.shapes import Upload

_URL_COLUMN = "url"
_OWN_SOURCES = ("file_upload", "url_upload")


async def start(connection: Connection, account_group_id: bytes, new: JobStart) -> Job:
    """Makes a job, and its audience where that is new, in the caller's transaction.

    Raises Invalid, NotFound, AudienceNotReady, Conflict (name taken) or Impossible.
    """
    upload = await _source(connection, account_group_id, new)
    audience_id = await _audience(connection, account_group_id, new)
    job_id, job = await store.create(
        connection, account_group_id,
        source_type=new.type, audience_id=audience_id, upload_id=bytes.fromhex(upload.upload_id),
        mapping=_mapping(new, upload), total_rows=upload.row_count,
        max_results=new.max_results, search_emails=new.search_emails,
    )  # fmt: skip
    await audiences.occupy(connection, account_group_id, audience_id, job_id)
    await queue.enqueue(connection, queue.PROSPECTING, account_group_id, job_id)
    return job


async def _source(connection: Connection, account_group_id: bytes, new: JobStart) -> Upload:
    if new.type not in _OWN_SOURCES:
        words = (
            f"{new.type} needs a provider, and none is connected; use {' or '.join(_OWN_SOURCES)}"
        )
        raise Impossible(Problem("type", words))
    if new.upload_id is not None:
        upload = await uploads.get(connection, account_group_id, new.upload_id)
        check_mapping(new.columns or {}, upload.columns)
        return upload
    # URLs become an upload of one column, so that both sources are read alike.
    urls = new.urls or []
    upload_id = await uploads.open_upload(connection, account_group_id)
    first_row = 1
    for count, chunk in pack([url] for url in urls):
        await uploads.add_chunk(
            connection, account_group_id, upload_id,
            first_row=first_row, row_count=count, rows=chunk,
        )  # fmt: skip
        first_row += count
    return await uploads.complete(
        connection, account_group_id, upload_id,
        columns=[_URL_COLUMN], suggested_mapping={_URL_COLUMN: "linkedinUrl"}, row_count=len(urls),
    )  # fmt: skip


def check_mapping(mapping: dict[str, str], columns: list[str]) -> None:
    """Raises Invalid, naming every wrong entry: unknown columns, unknown or doubled fields."""
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for column, field in mapping.items():
        path = f"columns.{column}"
        if column not in columns:
            problems.append(
                Problem(path, f"is no column of the file; it has {', '.join(columns)[:1000]}")
            )
        if field not in FIELDS:
            problems.append(
                Problem(path, f"{field!r} is no field; choose from {', '.join(FIELDS)}")
            )
        elif field in taken:
            problems.append(Problem(path, f"{field} is mapped from {taken[field]!r} already"))
        taken.setdefault(field, column)
    if problems:
        raise Invalid(*problems)


def _mapping(new: JobStart, upload: Upload) -> dict[str, str]:
    return upload.suggested_mapping if new.columns is None else new.columns


async def _audience(connection: Connection, account_group_id: bytes, new: JobStart) -> bytes:
    """The audience to fill, held until the transaction ends."""
    folder = None
    if new.folder_id is not None:
        folder = await folders.get(connection, account_group_id, new.folder_id)
    not_ready = None
    if new.audience_id is not None:
        found, not_ready = await audiences.lock(connection, account_group_id, new.audience_id)
    elif new.audience_name is not None:
        found = await audiences.create(
            connection, account_group_id, name=new.audience_name, type_=new.type
        )
    else:
        raise Invalid(Problem("audienceId", "give exactly one of audienceId and audienceName"))
    if not_ready:
        raise not_ready
    audience_id = bytes.fromhex(found.id)
    if folder and new.folder_id:
        check_type(folder, found.type)
        await audiences.put_in_folder(connection, account_group_id, audience_id, new.folder_id)
    return audience_id
