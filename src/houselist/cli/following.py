"""Showing a job until it is over."""

from __future__ import annotations

from houselist.cli import out
from houselist.cli.progress import Display, Stage, display
from houselist.jobs.follow.alone import follow_until_over
from houselist.jobs.follow.watching import JobState
from houselist.jobs.shapes import Job
from houselist.jobs.told import without_counts
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
    """Says how far a job is, and what it and its stages say in words, each thing once.

    Counts change with each person, so words that differ in them alone are told again at the end.
    """

    def __init__(self, display: Display, total: int | None) -> None:
        self._display = display
        self._total = total
        self._told: dict[str, str | None] = {}

    def show(self, state: JobState) -> None:
        job, counts = state.job, state.job.counts
        stages = {"Import": job.stages.import_, "Enrichment": job.stages.enrichment}
        if self._total is None and not self._told and job.status == "queued":
            self._display.tell(
                "The job is queued; `houselist serve` or `houselist worker` takes it up."
            )
        for name, stage in stages.items():
            self._tell(name, stage.details, over=state.over)
        rows = out.shown_rows(counts.rows)
        if self._total is not None:
            rows = f"{counts.rows:,} of {out.shown_rows(self._total)} done"
        words = f"{rows}, {counts.added:,} added"
        if job.undoes_job_id is not None:
            words = f"{counts.removed:,} removed, {counts.kept:,} kept"
        self._display.show(
            Stage("Import", stages["Import"].progress, words),
            Stage("Enrichment", stages["Enrichment"].progress),
            over=state.over,
        )

    def _tell(self, name: str, details: str | None, *, over: bool) -> None:
        """What a stage says, unless it has said so before."""
        before = self._told.get(name)
        changed = details != before
        if details and before and not over:
            changed = without_counts(details) != without_counts(before)
        if changed and details:
            self._display.tell(f"{name}: {details}")
        # What was not told stays untold, so that the last counts are told at the end.
        if changed or name not in self._told:
            self._told[name] = details
