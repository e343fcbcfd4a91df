"""How much an account group's uploads may take: checked while a file arrives, exact at its end.

The receiver of a file calls remaining_bytes() at the start and after every CHECK_EVERY bytes that
it stored, and settle() in the transaction that completes the upload. settle() is exact even if
several uploads end at once; the earlier checks avoid reading all of a file that can't fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts import quota_store as quotas
from houselist.accounts.quotas import too_much
from houselist.uploads import store

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

CHECK_EVERY = 16 << 20


async def remaining_bytes(connection: Connection, account_group_id: bytes, upload_id: bytes) -> int:
    """The bytes (above 0) that an arriving upload may still store. Raises QuotaExceeded.

    What it has stored so far counts, and so do unfinished uploads that began before it: if several
    don't fit together, the older ones take precedence.
    """
    limit = (await quotas.get_limits(connection, account_group_id)).upload_bytes
    left = limit - await store.get_stored_bytes(connection, account_group_id, upload_id)
    if left <= 0:
        raise too_much(limit)
    return left


async def settle(connection: Connection, account_group_id: bytes, upload_id: bytes) -> None:
    """Counts a finished upload, in the transaction that completes it. Raises QuotaExceeded.

    Locks the account group's count until that transaction ends.
    """
    stored = await store.count_bytes(connection, account_group_id, upload_id)
    limit = (await quotas.get_limits(connection, account_group_id)).upload_bytes
    if stored > limit:
        raise too_much(limit)
