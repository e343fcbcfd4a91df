"""For tests of schedules: a directory to fill audiences from, and the clock moved for one schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from houselist.directory import store as directory
from houselist.directory.people import Entry
from houselist.envelope import timestamp
from houselist.postgres import db
from support.prospects import make_ready
from support.service import data

if TYPE_CHECKING:
    from datetime import timedelta

    from houselist.postgres.db import Pool
    from support.service import Api

SEARCH = "https://www.linkedin.com/search/results/people/?keywords=engineer"


async def fill_directory(pool: Pool, api: Api, *slugs: str) -> None:
    """Makes these the people of the account group's directory; SEARCH finds them all."""
    group = bytes.fromhex(api.tenant.account_group_id)
    async with db.transaction(pool) as connection:
        await directory.clear(connection, group)
        first = await directory.take_numbers(connection, group, len(slugs))
        entries = [
            Entry(
                number,
                (slug, None, None, None),
                {"public_identifier": slug, "name": slug, "headline": "Engineer"},
                None,
                (),
            )
            for number, slug in enumerate(slugs, first)
        ]
        if entries:
            await directory.add_people(connection, group, entries)


async def start_search(api: Api, audience_id: str, **more: Any) -> Any:
    return await api.start(type="linkedin_search", searchUrl=SEARCH, audienceId=audience_id, **more)


async def make_watched(
    pool: Pool, api: Api, name: str = "Engineers", *, ready: bool = True, **search: Any
) -> Any:
    """A monitoring audience that has a source; no worker has run its first job."""
    await fill_directory(pool, api, "avery-stone")
    audience = await api.make_audience(name, "monitoring")
    await start_search(api, audience["id"], **search)
    if ready:
        await make_ready(pool, api, audience["id"])
    return audience


async def give_credits(pool: Pool, api: Api, credits_: int) -> None:
    """Has credits count for the account group, with so many left."""
    await pool.execute(
        """
        INSERT INTO account_plans (account_group_id, metered, credits, updated_at)
        VALUES ($1, true, $2, now()) ON CONFLICT (account_group_id) DO UPDATE SET credits = $2
        """,
        bytes.fromhex(api.tenant.account_group_id),
        credits_,
    )


async def put(api: Api, audience: Any, **body: Any) -> Any:
    return await api.put(f"audiences/{audience['id']}/schedule", json=body)


async def get(api: Api, audience: Any) -> Any:
    return data(await api.get(f"audiences/{audience['id']}/schedule"))


async def make_due(pool: Pool, api: Api, audience: Any, ago: timedelta) -> None:
    """Moves the clock for one schedule: its run has been due for so long."""
    await pool.execute(
        """
        UPDATE audience_schedules SET next_run_at = now() - $3::interval
        WHERE account_group_id = $1 AND audience_id = $2
        """,
        bytes.fromhex(api.tenant.account_group_id),
        bytes.fromhex(audience["id"]),
        ago,
    )


async def jobs_of(api: Api, audience: Any) -> list[Any]:
    """The jobs of an audience, newest first."""
    jobs = await api.all_items("prospecting")
    return [job for job in jobs if job["audienceId"] == audience["id"]]


def moment(text: str) -> datetime:
    """A time as the API shows it."""
    found = datetime.fromisoformat(text)
    assert timestamp(found) == text
    return found


def now() -> datetime:
    return datetime.now(UTC)
