"""Following a job until it is over, wherever it runs."""

from __future__ import annotations

import asyncio

from houselist.cli.progress import Display, Stage, display
from houselist.jobs.follow.watching import Watching
from houselist.jobs.shapes import Job
from houselist.postgres import db


async def follow(
    pool: db.Pool, dsn: str, group: bytes, job_id: bytes, *, quiet: bool, total: int | None = None
) -> Job:
    """The job once it is over, shown until then. `total`: its rows, where this process runs it.

    Raises NotFound.
    """
    jobs = Watching(pool)
    listening = asyncio.create_task(jobs.listen(dsn))
    end = asyncio.create_task(_follow(jobs, group, job_id, total, quiet=quiet))
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
    jobs: Watching, group: bytes, job_id: bytes, total: int | None, *, quiet: bool
) -> Job:
    told: dict[str, str | None] = {}
    async with jobs.follow(group, job_id) as follower:
        with display(quiet=quiet) as shown:
            state = await follower.next()
            if total is None and state.job.status == "queued":
                shown.tell(
                    "The job is queued; `houselist serve` or `houselist worker` takes it up."
                )
            while True:
                _show(shown, state.job, total, told, over=state.over)
                if state.over:
                    return state.job
                state = await follower.next(state.version)


def _show(
    shown: Display, job: Job, total: int | None, told: dict[str, str | None], *, over: bool
) -> None:
    """What the stages say in words, each thing once (`told`), and how far they are."""
    stages = {"Import": job.stages.import_, "Enrichment": job.stages.enrichment}
    for name, stage in stages.items():
        if stage.details and stage.details != told.get(name):
            shown.tell(f"{name}: {stage.details}")
        told[name] = stage.details
    rows = f"{job.counts.rows:,}" + (" rows" if total is None else f" of {total:,} rows done")
    counts = {"Import": f"{rows}, {job.counts.added:,} added"}
    progress = [Stage(name, each.progress, counts.get(name, "")) for name, each in stages.items()]
    shown.show(*progress, over=over)
