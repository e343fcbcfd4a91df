"""Queueing work in PgQueuer, in the transaction that makes the work necessary."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pgqueuer.queries import Queries

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

# One entrypoint for each kind of work. The payload is the ids it needs, as hex, with a slash
# between.
PROSPECTING = "prospecting"
PROVIDER = "provider"
PURGE_AUDIENCE = "purge_audience"

# Work that needs no provider is shared out among account groups (jobs/run/shares_store.py): so many
# pieces of a group are under way at a time, over all workers.
SHARED = (PROSPECTING, PURGE_AUDIENCE)
SHARE = 2
# How long work that is beyond its group's share is put off, and then again.
PUT_OFF = timedelta(minutes=1)


class Work(NamedTuple):
    """A piece of work: on what, of which account group."""

    account_group_id: bytes
    id: bytes
    entrypoint: str


def payload_of(account_group_id: bytes, id_: bytes) -> bytes:
    """What stands in the queue for work on this."""
    return f"{account_group_id.hex()}/{id_.hex()}".encode()


async def enqueue(
    connection: Connection, entrypoint: str, account_group_id: bytes, id_: bytes
) -> None:
    """Queues one piece of work. A second for the same thing is skipped while the first waits."""
    # PgQueuer asks for a plain connection; a pool's proxy is one in all it uses.
    queries = Queries.from_asyncpg_connection(cast("Any", connection))
    payload = payload_of(account_group_id, id_)
    priority, after = _beginning(entrypoint)
    await queries.enqueue(
        entrypoint,
        payload,
        priority,
        after,
        dedupe_key=f"{entrypoint}:{payload.decode()}",
        on_conflict="skip",
    )


async def enqueue_again(
    connection: Connection,
    entrypoint: str,
    account_group_id: bytes,
    id_: bytes,
    *,
    after: timedelta | None = None,
) -> None:
    """Queues work at the end of the queue, even if the same is queued or being done already.

    For a worker that hands work on while it still has it. The worker that gets it finds out whether
    anything is left to do.
    """
    queries = Queries.from_asyncpg_connection(cast("Any", connection))
    payload = payload_of(account_group_id, id_)
    priority = 0
    if after is None:
        priority, after = _beginning(entrypoint)
    await queries.enqueue(entrypoint, payload, priority, after)


def _beginning(entrypoint: str) -> tuple[int, timedelta | None]:
    """Priority and delay of new work.

    What is shared out comes in as if its group's share were used up. A worker that looks for work
    shares out first, and what came after that must not be taken in the same look.
    """
    return (-SHARE, PUT_OFF) if entrypoint in SHARED else (0, None)


def read_payload(payload: bytes | None) -> tuple[bytes, bytes]:
    """Account group and id of what `enqueue` queued."""
    group, _, id_ = (payload or b"").decode().partition("/")
    return bytes.fromhex(group), bytes.fromhex(id_)
