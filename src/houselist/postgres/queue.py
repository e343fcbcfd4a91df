"""Queueing work in PgQueuer, in the transaction that makes the work necessary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pgqueuer.queries import Queries

if TYPE_CHECKING:
    from datetime import timedelta

    from houselist.postgres.db import Connection

# One entrypoint for each kind of work. The payload is the ids it needs, as hex, with a slash
# between.
PROSPECTING = "prospecting"
PROVIDER = "provider"
PURGE_AUDIENCE = "purge_audience"


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
    await queries.enqueue(
        entrypoint, payload, dedupe_key=f"{entrypoint}:{payload.decode()}", on_conflict="skip"
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
    await queries.enqueue(entrypoint, payload, execute_after=after)


def read_payload(payload: bytes | None) -> tuple[bytes, bytes]:
    """Account group and id of what `enqueue` queued."""
    group, _, id_ = (payload or b"").decode().partition("/")
    return bytes.fromhex(group), bytes.fromhex(id_)
