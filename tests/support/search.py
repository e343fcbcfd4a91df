"""What a worker does for the search, done at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.people.store import lock_batches
from houselist.postgres import db
from houselist.search.indexing import Indexer
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from support.service import Api


async def write_texts(pool: db.Pool, api: Api) -> int:
    """Writes what everybody is found by; how many people that took."""
    group, done = bytes.fromhex(api.tenant.account_group_id), 0
    async with db.transaction(pool) as connection:
        await lock_batches(connection, group)
    indexer = Indexer(pool)
    while some := await indexer.run(group):
        done += some
    return done


async def note(pool: db.Pool, api: Api, *prospect_ids: str) -> None:
    """Notes that people were changed."""
    group = bytes.fromhex(api.tenant.account_group_id)
    async with db.transaction(pool) as connection:
        await lock_batches(connection, group)
        await note_for_search(connection, group, map(bytes.fromhex, prospect_ids))
