"""Starting a job that combines audiences: one snapshot of all of them, and an audience for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts import quota_store as quotas
from houselist.audiences import store as audiences
from houselist.errors import Impossible, Problem
from houselist.folders import store as folders
from houselist.folders.shapes import check_type
from houselist.jobs import combination_store, store
from houselist.jobs.combination_shapes import Snapshot
from houselist.jobs.source import Source
from houselist.postgres import queue
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from houselist.jobs.combination_shapes import CombinationStart, SourceList
    from houselist.jobs.shapes import Job
    from houselist.postgres.db import Connection

TYPE = "combination"
TWO_NEEDED = "must name two audiences or more; with one of them, use union, which copies it"


async def start(
    connection: Connection, account_group_id: bytes, new: CombinationStart, key_id: bytes | None
) -> Job:
    """Makes the job and its audience in the caller's transaction. It costs no credits.

    Raises NotFound, AudienceNotReady, Impossible, QuotaExceeded, or Conflict (name taken).
    """
    folder = None
    if new.folder_id is not None:
        folder = await folders.get(connection, account_group_id, new.folder_id)
    sources = await combination_store.look(connection, account_group_id, new.audience_ids)
    if new.operation != "union" and len(sources) == 1:
        raise Impossible(Problem("audienceIds", TWO_NEEDED))
    if folder is not None:
        check_type(folder, TYPE)
    made = await audiences.create(connection, account_group_id, name=new.audience_name, type_=TYPE)
    audience_id = bytes.fromhex(made.id)
    if new.folder_id is not None:
        await audiences.put_in_folder(connection, account_group_id, audience_id, new.folder_id)
    snapshot = Snapshot(new.operation, sources)
    return await _begin(connection, account_group_id, audience_id, snapshot, key_id)


async def _begin(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    snapshot: Snapshot,
    key_id: bytes | None,
) -> Job:
    await quotas.check_quota(connection, account_group_id, "jobs")
    # Each job has an upload; this one's stays without rows.
    upload_id = await uploads.open_upload(connection, account_group_id)
    await uploads.complete(
        connection, account_group_id, upload_id, columns=[], suggested_mapping={}, row_count=0
    )
    job_id, job = await store.create(
        connection,
        account_group_id,
        source=Source(TYPE, None, None, search_emails=False),
        audience_id=audience_id,
        upload_id=upload_id,
        mapping={},
        total_rows=sum(each.members for each in walked(snapshot)),
        max_results=None,
        max_added=None,
        import_details=None,
        made_audience=True,
        snapshot=snapshot,
        key_id=key_id,
    )
    await audiences.occupy(connection, account_group_id, audience_id, job_id)
    await queue.enqueue(connection, queue.PROSPECTING, account_group_id, job_id)
    return job


def walked(snapshot: Snapshot) -> list[SourceList]:
    """The sources whose members are gone through one by one; in the others they are looked up."""
    return snapshot.sources if snapshot.operation == "union" else snapshot.sources[:1]
