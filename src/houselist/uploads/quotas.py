"""How much an account group may have stored of its uploads: watched on the way, exact at the end.

Whoever takes a file in calls find_room() when it begins and then each CHECK_EVERY bytes that were
stored, and settle() in the transaction that completes it. Settling is exact, however many uploads
end at once; the looks before it keep a file that can't fit from being read to its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts import quota_store as quotas
from houselist.accounts.quotas import too_much
from houselist.uploads import store

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

CHECK_EVERY = 16 << 20


async def find_room(connection: Connection, account_group_id: bytes, upload_id: bytes) -> int:
    """The bytes that an upload on its way in may still store; more than 0. Raises QuotaExceeded.

    What it has stored so far is counted, and so are those that began before it and are on their way
    too: of several that don't fit together the older ones go first.
    """
    limit = (await quotas.get_limits(connection, account_group_id)).upload_bytes
    left = limit - await store.get_stored_bytes(connection, account_group_id, upload_id)
    if left <= 0:
        raise too_much(limit)
    return left


async def settle(connection: Connection, account_group_id: bytes, upload_id: bytes) -> None:
    """Counts a whole upload, once, in the transaction that completes it. Raises QuotaExceeded.

    Holds the account group's count until that transaction ends.
    """
    stored = await store.count_bytes(connection, account_group_id, upload_id)
    limit = (await quotas.get_limits(connection, account_group_id)).upload_bytes
    if stored > limit:
        raise too_much(limit)
