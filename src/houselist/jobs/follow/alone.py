"""Following one job in a process that follows no other, such as a command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.jobs.follow.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.jobs.follow.watching import JobState
    from houselist.jobs.shapes import Job
    from houselist.postgres.db import Pool


async def follow_until_over(
    pool: Pool, dsn: str, group: bytes, job_id: bytes, show: Callable[[JobState], object]
) -> Job:
    """The job once it is over; until then `show` gets its newest state. Raises NotFound."""
    watching = Watching(pool)
    listening = asyncio.create_task(watching.listen(dsn))
    end = asyncio.create_task(_follow(watching, group, job_id, show))
    try:
        await asyncio.wait({listening, end}, return_when=asyncio.FIRST_COMPLETED)
        if not end.done():
            await listening  # which ends by a failure alone
        return await end
    finally:
        listening.cancel()
        end.cancel()
        await asyncio.wait({listening, end})


async def _follow(
    watching: Watching, group: bytes, job_id: bytes, show: Callable[[JobState], object]
) -> Job:
    async with watching.follow(group, job_id) as follower:
        state = await follower.next()
        show(state)
        while not state.over:
            state = await follower.next(state.version)
            show(state)
    return state.job
