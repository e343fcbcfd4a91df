"""Brings jobs into states that pages show, without a worker: each change is told as a worker tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.jobs.changes_store import tell
from houselist.postgres import db

if TYPE_CHECKING:
    from support.service import Api


async def change(pool: db.Pool, api: Api, job: Any, **columns: Any) -> None:
    """Sets columns of a job's row; those who follow it hear of it."""
    group, id_ = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(job["jobId"])
    named = ", ".join(f"{name} = ${at}" for at, name in enumerate(columns, 3))
    async with db.transaction(pool) as connection:
        await connection.execute(
            f"UPDATE prospecting_jobs SET version = version + 1, {named}"
            " WHERE account_group_id = $1 AND id = $2",
            group,
            id_,
            *columns.values(),
        )
        await tell(connection, group, [id_])


async def reach(pool: db.Pool, api: Api, job: Any, added: int, of: int, **columns: Any) -> None:
    """Has a job added so many of its people, and run on."""
    states = {"status": "running", "import_status": "running"}
    await change(
        pool, api, job, **states, added=added, position=added, progress=added / of, **columns
    )
