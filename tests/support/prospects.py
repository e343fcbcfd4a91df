"""Prospects, memberships and busy audiences for tests, put in place by SQL where no job is the point."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from houselist.ids import new_id
from support.search import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.postgres.db import Pool
    from support.service import Api

A_MOMENT = datetime(2026, 3, 1, 12, 30, 15, 123000, tzinfo=UTC)


async def make_prospects(pool: Pool, api: Api, *people: dict[str, Any]) -> list[str]:
    """Makes prospects of these columns; their ids, in order."""
    group, ids = bytes.fromhex(api.tenant.account_group_id), [new_id() for _ in people]
    for prospect_id, person in zip(ids, people, strict=True):
        row = {"account_group_id": group, "id": prospect_id, "created_at": A_MOMENT, **person}
        slots = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await pool.execute(
            f"INSERT INTO prospects ({', '.join(row)}) VALUES ({slots})", *row.values()
        )
    await note(pool, api, *(prospect_id.hex() for prospect_id in ids))
    return [prospect_id.hex() for prospect_id in ids]


async def join(pool: Pool, api: Api, audience_id: str, *prospect_ids: str) -> None:
    """Makes prospects members of an audience, in this order."""
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience_id)
    for prospect_id in prospect_ids:
        position = await pool.fetchval(
            """
            UPDATE audiences
            SET next_position = next_position + 1, prospect_count = prospect_count + 1
            WHERE account_group_id = $1 AND id = $2 RETURNING next_position - 1
            """,
            group,
            audience,
        )
        await pool.execute(
            "INSERT INTO memberships VALUES ($1, $2, $3, $4, $5, $6)",
            group,
            audience,
            position,
            bytes.fromhex(prospect_id),
            new_id(),
            A_MOMENT,
        )


async def leave(pool: Pool, api: Api, audience_id: str, prospect_id: str) -> None:
    """Takes a member out of an audience."""
    await pool.execute(
        "DELETE FROM memberships WHERE account_group_id = $1 AND audience_id = $2 AND prospect_id = $3",
        *map(bytes.fromhex, (api.tenant.account_group_id, audience_id, prospect_id)),
    )


async def make_busy(
    pool: Pool, api: Api, audience_id: str, *, done: int = 25, total: int = 100
) -> str:
    """Gives an audience a job that is importing; the job's id."""
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience_id)
    upload_id, job_id = new_id(), new_id()
    await pool.execute(
        """
        INSERT INTO uploads (account_group_id, id, columns, suggested_mapping, row_count, created_at)
        VALUES ($1, $2, '{}', '{}', $3, now())
        """,
        group,
        upload_id,
        total,
    )
    await pool.execute(
        """
        INSERT INTO prospecting_jobs
            (account_group_id, id, source_type, audience_id, status, upload_id, mapping, total_rows,
             position, progress, started_at, created_at, updated_at)
        VALUES ($1, $2, 'file_upload', $3, 'running', $4, '{}', $5, $6, $7, now() - interval '5 s',
                now() - interval '6 s', now())
        """,
        group,
        job_id,
        audience,
        upload_id,
        total,
        done,
        done / total if total else 0.0,
    )
    await _set_active_job(pool, group, audience, job_id)
    return job_id.hex()


async def make_ready(pool: Pool, api: Api, audience_id: str) -> None:
    """Ends what make_busy began."""
    group = bytes.fromhex(api.tenant.account_group_id)
    await _set_active_job(pool, group, bytes.fromhex(audience_id), None)


async def _set_active_job(pool: Pool, group: bytes, audience: bytes, job_id: bytes | None) -> None:
    await pool.execute(
        "UPDATE audiences SET active_job_id = $3 WHERE account_group_id = $1 AND id = $2",
        group,
        audience,
        job_id,
    )


def assert_guarded(response: Any, job_id: str, percent: str = "25%") -> None:
    """A 409 AUDIENCE_NOT_READY that says which job, how far, and when to come back."""
    body = response.json()
    assert response.status_code == 409, body
    assert body["error"]["code"] == "AUDIENCE_NOT_READY"
    assert job_id in body["error"]["details"]
    assert percent in body["error"]["details"]
    assert int(response.headers["retry-after"]) >= 1


async def make_many(pool: Pool, api: Api, count: int) -> list[str]:
    """Makes so many prospects, known by a providerId alone, at once; their ids, in order."""
    ids = [new_id() for _ in range(count)]
    await pool.execute(
        "INSERT INTO prospects (account_group_id, id, provider_id, created_at)"
        " SELECT $1, id, encode(id, 'hex'), $3 FROM unnest($2::bytea[]) AS id",
        bytes.fromhex(api.tenant.account_group_id),
        ids,
        A_MOMENT,
    )
    return [each.hex() for each in ids]


async def join_many(pool: Pool, api: Api, audience_id: str, prospect_ids: Sequence[str]) -> None:
    """Makes prospects the first members of an empty audience, in this order, at once."""
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience_id)
    await pool.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
            seen_by_job_id, added_at)
        SELECT $1, $2, number, id, $2, $4
        FROM unnest($3::bytea[]) WITH ORDINALITY AS each (id, number)
        """,
        group,
        audience,
        [bytes.fromhex(each) for each in prospect_ids],
        A_MOMENT,
    )
    await pool.execute(
        "UPDATE audiences SET prospect_count = $3::bigint, next_position = $3::bigint + 1"
        " WHERE account_group_id = $1 AND id = $2",
        group,
        audience,
        len(prospect_ids),
    )
