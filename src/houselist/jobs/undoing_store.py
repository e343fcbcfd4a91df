"""All SQL of starting an undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.errors import NotFound

if TYPE_CHECKING:
    from houselist.jobs.shapes import JobStatus
    from houselist.postgres.db import Connection


class Candidate(NamedTuple):
    """A job that is to be taken back.

    `rows`: how many of its rows the undo goes through. `is_undone`: an undo of it was started.
    """

    source_type: str
    status: JobStatus
    audience_id: bytes | None
    upload_id: bytes
    rows: int
    dry_run: bool
    is_old: bool
    is_undone: bool


async def get(
    connection: Connection, account_group_id: bytes, job_id: bytes, days: int
) -> Candidate:
    """`days`: for so long a job can be undone after its end. Raises NotFound."""
    row = await connection.fetchrow(
        """
        SELECT j.source_type, j.status, j.audience_id, j.upload_id, CASE
            WHEN j.source_type = 'combination' THEN coalesce((
                SELECT max(s.last_number) - min(s.first_number) + 1 FROM membership_spans s
                WHERE s.account_group_id = $1 AND s.audience_id = j.audience_id AND s.job_id = $2
            ), 0)
            ELSE j.position END,
            j.dry_run, j.updated_at < now() - make_interval(days => $3), EXISTS (
                SELECT FROM prospecting_jobs u
                WHERE u.account_group_id = $1 AND u.undoes_job_id = $2
            )
        FROM prospecting_jobs j WHERE j.account_group_id = $1 AND j.id = $2
        """,
        account_group_id,
        job_id,
        days,
    )
    if row is None:
        raise NotFound("There is no such job.")
    return Candidate(*row)
