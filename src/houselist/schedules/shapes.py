"""What the API takes and tells of schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from houselist.schedules.times import Every

Moment = Annotated[
    datetime,
    msgspec.Meta(tz=True, extra={"must": "a time with its zone, such as 2026-12-01T06:00:00Z"}),
]


class ScheduleSet(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How often, and from when on.

    Runs are counted from `startsAt`. Left out, it stays what it was where `every` does, else it is
    now. A time that is past sets the rhythm alone; nothing is made up for.
    """

    every: Every
    starts_at: Moment | None = None


class Schedule(msgspec.Struct, rename="camel"):
    """When an audience is filled anew.

    `lastRunAt` and `lastJobId` are of the last run that started a job. `lastError` is why the last
    time that was due came to nothing; null where it started a job.
    """

    audience_id: str
    every: Every
    starts_at: str
    next_run_at: str
    last_run_at: str | None
    last_job_id: str | None
    last_error: str | None
