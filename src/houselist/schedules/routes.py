"""HTTP of schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences.shapes import AudiencePath
from houselist.errors import Impossible, NotFound
from houselist.folders.shapes import Deleted
from houselist.schedules import store
from houselist.schedules.shapes import Schedule, ScheduleSet
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


@endpoint(
    response=Schedule,
    summary="Get the schedule of an audience",
    tag="Schedules",
    refuses=(NotFound,),
)
async def get_schedule(connection: Connection, at: AudiencePath) -> Schedule:
    """Shows when the audience is filled again and how the last run ended, also during a run.

    A run that is due while a job fills the audience starts within a minute of that job's import;
    until then `nextRunAt` is past.
    """
    return await store.get(connection, at.account_group_id, at.audience_id)


@endpoint(
    response=Schedule,
    summary="Set the schedule of an audience",
    tag="Schedules",
    refuses=(NotFound, Impossible),
)
async def set_schedule(connection: Connection, at: AudiencePath, body: ScheduleSet) -> Schedule:
    """Fills a `monitoring` audience again, as often as it says, from its last job's source.

    Runs add newcomers; who has left the source stays. They come at `startsAt` and every hour, day,
    week or month after it, in UTC; months keep the day, or take their last. A run that starts late
    is one run, however many times it was due. Sent again, nothing changes. It is not guarded: a
    schedule can be set while the first job fills the audience.
    """
    return await store.put(connection, at.account_group_id, at.audience_id, body)


@endpoint(
    response=Deleted,
    summary="Delete the schedule of an audience",
    tag="Schedules",
    refuses=(NotFound,),
)
async def delete_schedule(connection: Connection, at: AudiencePath) -> Deleted:
    """Ends the runs. The audience stays as it is, and a job under way goes on."""
    await store.delete(connection, at.account_group_id, at.audience_id)
    return Deleted()
