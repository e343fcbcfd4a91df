"""What the API takes and tells of schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from houselist.audiences.shapes import AUDIENCE_ID
from houselist.envelope import Timestamp
from houselist.ids import ShownId
from houselist.schedules.times import Every

_STARTS = "2026-04-01T06:00:00.000Z"

Moment: TypeAlias = Annotated[
    datetime,
    Meta(tz=True, extra={"must": "a time with its zone, such as 2026-12-01T06:00:00Z"}),
]
Rhythm: TypeAlias = Annotated[
    Every,
    Meta(title="Every", description="How often the audience is refilled.", examples=["week"]),
]


class ScheduleSet(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How often, and from when on.

    Runs are counted from `startsAt`. Left out, it stays what it was where `every` does, else it is
    now. A time that is past sets the rhythm alone; nothing is made up for.
    """

    every: Rhythm
    starts_at: Annotated[
        Moment | None,
        Meta(
            description="The first run; where it is past, the time that runs are counted from.",
            examples=[_STARTS],
        ),
    ] = None


class Schedule(msgspec.Struct, rename="camel"):
    """When an audience is refilled.

    `lastRunAt` and `lastJobId` are of the last run that started a job. `lastError` is why the last
    time that was due came to nothing; null where it started a job.
    """

    audience_id: Annotated[ShownId, Meta(description="The audience.", examples=[AUDIENCE_ID])]
    every: Rhythm
    starts_at: Annotated[
        Timestamp,
        Meta(
            description="The first run, or the time that runs are counted from.", examples=[_STARTS]
        ),
    ]
    next_run_at: Annotated[
        Timestamp,
        Meta(description="When the next run is due.", examples=["2026-04-15T06:00:00.000Z"]),
    ]
    last_run_at: Annotated[
        Timestamp | None,
        Meta(
            description="When a run last started a job; null before the first.",
            examples=["2026-04-08T06:00:21.340Z"],
        ),
    ]
    last_job_id: Annotated[
        ShownId | None,
        Meta(
            description="The job of that run; null before the first.",
            examples=["69d5f055a3d96f10b2c50e44"],
        ),
    ]
    last_error: Annotated[
        str | None,
        Meta(
            description="Why the last run that was due did not start; null where it did.",
            examples=[None],
        ),
    ]
