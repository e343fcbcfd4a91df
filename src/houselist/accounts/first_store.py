"""The SQL of the very first start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

# Any number will do, as long as only first starts take it.
_FIRST_START = 7_305_914_003


async def lock_first_start(connection: Connection) -> None:
    """Held until the transaction ends, so that two first starts at once make one key."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _FIRST_START)
