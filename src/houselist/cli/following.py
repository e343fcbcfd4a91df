"""Showing a job until it is over."""

from __future__ import annotations

from houselist.cli.progress import Display, Stage, display
from houselist.jobs.follow.alone import follow_until_over
from houselist.jobs.follow.watching import JobState
from houselist.jobs.shapes import Job
from houselist.postgres import db


async def follow(
    pool: db.Pool, dsn: str, group: bytes, job_id: bytes, *, quiet: bool, total: int | None = None
) -> Job:
    """The job once it is over, shown until then. `total`: its rows, where this process runs it.

    Raises NotFound.
    """
    with display(quiet=quiet) as shown:
        return await follow_until_over(pool, dsn, group, job_id, _Teller(shown, total).show)


class _Teller:
    """Says how far a job is, and what it and its stages say in words, each thing once."""

    def __init__(self, display: Display, total: int | None) -> None:
        self._display = display
        self._total = total
        self._told: dict[str, str | None] = {}

    def show(self, state: JobState) -> None:
        job, counts = state.job, state.job.counts
        if self._total is None and not self._told and job.status == "queued":
            self._display.tell(
                "The job is queued; `houselist serve` or `houselist worker` takes it up."
            )
        stages = {"Import": job.stages.import_, "Enrichment": job.stages.enrichment}
        for name, stage in stages.items():
            if stage.details and stage.details != self._told.get(name):
                self._display.tell(f"{name}: {stage.details}")
            self._told[name] = stage.details
        rows = " rows" if self._total is None else f" of {self._total:,} rows done"
        self._display.show(
            Stage(
                "Import",
                stages["Import"].progress,
                f"{counts.rows:,}{rows}, {counts.added:,} added",
            ),
            Stage("Enrichment", stages["Enrichment"].progress),
            over=state.over,
        )
