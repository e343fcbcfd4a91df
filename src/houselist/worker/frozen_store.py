"""All SQL about transactions of workers that are frozen while PostgreSQL waits for their data.

A worker that is frozen (SIGSTOP, a paused VM) in the middle of a COPY or of a long result keeps its
batch lock. Its backend counts as active, so idle_in_transaction_session_timeout does not apply, and
while PostgreSQL waits for a client amid a statement it heeds no timeout, only pg_terminate_backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from houselist.postgres.db import Connection


class Frozen(NamedTuple):
    """A backend that waits for its client, and the moment at which its statement began."""

    pid: int
    began: datetime


async def get_frozen(connection: Connection, application: str, silence: float) -> set[Frozen]:
    """Backends of this name whose statement began `silence` seconds ago and that wait for a client.

    Only those of the connection's own role are told and may be ended.
    """
    # Only a COPY reads from its client. The coordinator of a cluster that waits for another server,
    # for a lock there say, calls that ClientRead as well.
    rows = await connection.fetch(
        """
        SELECT pid, query_start FROM pg_stat_activity
        WHERE datname = current_database() AND usename = session_user AND application_name = $1
          AND state = 'active'
          AND (wait_event = 'ClientWrite' OR wait_event = 'ClientRead' AND query LIKE 'COPY %')
          AND query_start < now() - make_interval(secs => $2)
        """,
        application,
        silence,
    )
    return {Frozen(*row) for row in rows}


async def end(connection: Connection, frozen: Iterable[Frozen]) -> None:
    """Ends those that are still at the same statement; what they did is rolled back."""
    await connection.executemany(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid = $1 AND query_start = $2 AND usename = session_user
        """,
        list(frozen),
    )
