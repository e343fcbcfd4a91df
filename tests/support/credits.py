"""What must hold of an account group's credits at every moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.credits import store
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.credits.shapes import Entry
    from support.service import Api

_OVER = ("completed", "failed", "cancelled")


def group_of(api: Api) -> bytes:
    return bytes.fromhex(api.tenant.account_group_id)


async def give(
    pool: db.Pool, api: Api, credits_: int | None = None, *, max_results: int | None = None
) -> None:
    """A plan as the command line makes it; None: credits don't count."""
    async with db.transaction(pool) as connection:
        group = group_of(api)
        await store.change_plan(
            connection, group, max_results=max_results, metered=credits_ is not None
        )
        await store.grant(connection, group, credits_ or 0, "for a test")


async def left(pool: db.Pool, api: Api) -> int:
    async with db.acquire(pool) as connection:
        return (await store.get_plan(connection, group_of(api))).credits


async def moved(pool: db.Pool, api: Api) -> list[tuple[str, int]]:
    """Kind and amount of every movement, oldest first."""
    async with db.acquire(pool) as connection:
        entries = await store.get_entries(connection, group_of(api), 10_000)
    return [(entry.kind, entry.amount) for entry in reversed(entries)]


async def assert_ledger_sums(pool: db.Pool, account_group_id: bytes | str) -> None:
    """Every entry follows from the one before, and the last is the plan's balance.

    Each job has reserved at most once, and has its closing entry exactly from its end on: it paid
    for whom it added. May be asked at any moment, while jobs run too.
    """
    group = (
        bytes.fromhex(account_group_id) if isinstance(account_group_id, str) else account_group_id
    )
    async with db.acquire(pool) as connection, connection.transaction(isolation="repeatable_read"):
        plan = await store.get_plan(connection, group)
        entries = (await store.get_entries(connection, group, 1_000_000))[::-1]
        jobs = await connection.fetch(
            """
            SELECT encode(id, 'hex') AS id, status, added, emails_charged, search_emails
            FROM prospecting_jobs WHERE account_group_id = $1
            """,
            group,
        )
    balance = 0
    for number, entry in enumerate(entries, 1):
        balance += entry.amount
        assert (entry.number, entry.balance) == (number, balance), entry
        assert balance >= 0, entry
        assert (entry.job_id is None) == (entry.kind == "grant"), entry
    assert plan.credits == balance == sum(entry.amount for entry in entries)
    _assert_each_once(entries, {job["id"]: job for job in jobs})


def _assert_each_once(entries: list[Entry], jobs: dict[str, Any]) -> None:
    reserved: dict[str, Entry] = {}
    closed: dict[str, Entry] = {}
    for entry in entries:
        if entry.job_id is None:
            continue
        of_their_kind = reserved if entry.kind == "reserve" else closed
        assert entry.job_id not in of_their_kind, f"twice: {entry}"
        assert of_their_kind is reserved or entry.job_id in reserved, f"out of nothing: {entry}"
        of_their_kind[entry.job_id] = entry
    for job_id, entry in reserved.items():
        job = jobs[job_id]
        assert (job_id in closed) == (job["status"] in _OVER), (job, entry)
        if job_id in closed:
            completed = job["status"] == "completed"
            assert closed[job_id].kind == ("settle" if completed else "refund")
            emails = job["added"] if job["search_emails"] and completed else job["emails_charged"]
            assert -entry.amount - closed[job_id].amount == job["added"] + emails, job
