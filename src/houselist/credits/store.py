"""All SQL about plans and credits. Each change is one entry, in the transaction that causes it.

A change of credits locks the plan, always after any job and audience that the transaction locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, UnsetType

from houselist.credits.shapes import Entry, EntryKind, Plan, in_words
from houselist.envelope import timestamp
from houselist.errors import InsufficientCredits

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

UNLIMITED = Plan(max_results=None, metered=False, credits=0)


async def get_plan(connection: Connection, account_group_id: bytes) -> Plan:
    """The account group's plan, or UNLIMITED if it has none."""
    row = await connection.fetchrow(
        "SELECT max_results, metered, credits FROM account_plans WHERE account_group_id = $1",
        account_group_id,
    )
    return UNLIMITED if row is None else Plan(*row)


async def lock_plan(connection: Connection, account_group_id: bytes) -> Plan:
    """The same, locked until the transaction ends.

    If there is no plan, there is nothing to lock: this transaction goes by UNLIMITED, and a plan
    that is created meanwhile applies from the next one on.
    """
    row = await connection.fetchrow(
        """
        SELECT max_results, metered, credits FROM account_plans WHERE account_group_id = $1
        FOR UPDATE
        """,
        account_group_id,
    )
    return UNLIMITED if row is None else Plan(*row)


async def change_plan(
    connection: Connection,
    account_group_id: bytes,
    *,
    max_results: int | UnsetType | None = UNSET,
    metered: bool | UnsetType = UNSET,
) -> Plan:
    """Creates or changes a plan, and locks it. UNSET leaves a value as it is; credits stay."""
    row = await connection.fetchrow(
        """
        INSERT INTO account_plans AS p (account_group_id, max_results, metered, updated_at)
        VALUES ($1, $2, coalesce($4, false), now())
        ON CONFLICT (account_group_id) DO UPDATE
            SET max_results = CASE WHEN $3 THEN p.max_results ELSE excluded.max_results END,
                metered = coalesce($4, p.metered), updated_at = excluded.updated_at
        RETURNING max_results, metered, credits
        """,
        account_group_id,
        None if max_results is UNSET else max_results,
        max_results is UNSET,
        None if metered is UNSET else metered,
    )
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return Plan(*row)


async def grant(
    connection: Connection, account_group_id: bytes, amount: int, note: str | None
) -> None:
    """Adds credits to an existing, locked plan; a negative amount takes credits away."""
    if amount:
        await _move(connection, account_group_id, "grant", amount, note=note)


async def reserve(
    connection: Connection, account_group_id: bytes, job_id: bytes, plan: Plan, amount: int
) -> None:
    """Sets aside credits of a locked plan for a job, if the plan counts them.

    Raises InsufficientCredits.
    """
    if not plan.metered:
        return
    if plan.credits < amount:
        raise InsufficientCredits(
            details=f"The job may cost {in_words(amount)}; the account group has"
            f" {in_words(plan.credits)} left."
        )
    await _move(connection, account_group_id, "reserve", -amount, job_id=job_id)


async def close(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    spent: int,
    kind: Literal["settle", "refund"],
) -> None:
    """Gives back the credits that a job reserved and did not spend; only once per job.

    `kind`: settle for a job that completed, refund for one that did not. A job never costs more
    than it reserved.
    """
    # The lock on the plan makes two transactions that close the same job wait for each other.
    await lock_plan(connection, account_group_id)
    reserved = await connection.fetchval(
        """
        SELECT -r.amount FROM credit_entries r
        WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.kind = 'reserve'
          AND NOT EXISTS (
            SELECT FROM credit_entries c
            WHERE c.account_group_id = $1 AND c.job_id = $2 AND c.kind IN ('settle', 'refund')
          )
        """,
        account_group_id,
        job_id,
    )
    if reserved is not None:
        left = max(reserved - spent, 0)
        await _move(connection, account_group_id, kind, left, job_id=job_id)


async def _move(
    connection: Connection,
    account_group_id: bytes,
    kind: EntryKind,
    amount: int,
    *,
    job_id: bytes | None = None,
    note: str | None = None,
) -> None:
    """Writes an entry and changes the credits to match, on a locked plan."""
    await connection.execute(
        """
        WITH plan AS (
            UPDATE account_plans SET credits = credits + $3, updated_at = now()
            WHERE account_group_id = $1 RETURNING account_group_id, credits
        )
        INSERT INTO credit_entries
            (account_group_id, number, kind, amount, balance, job_id, note, created_at)
        SELECT $1, coalesce((
                SELECT max(number) FROM credit_entries WHERE account_group_id = $1
            ), 0) + 1, $2, $3::bigint, credits, $4, $5, date_trunc('milliseconds', now())
        FROM plan
        """,
        account_group_id,
        kind,
        amount,
        job_id,
        note,
    )


async def get_entries(connection: Connection, account_group_id: bytes, limit: int) -> list[Entry]:
    """The newest entries first."""
    rows = await connection.fetch(
        """
        SELECT number, kind, amount, balance, job_id, note, created_at FROM credit_entries
        WHERE account_group_id = $1 ORDER BY number DESC LIMIT $2
        """,
        account_group_id,
        limit,
    )
    return [
        Entry(number, kind, amount, balance, job_id and job_id.hex(), note, timestamp(created_at))
        for number, kind, amount, balance, job_id, note, created_at in rows
    ]
