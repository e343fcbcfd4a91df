"""HTTP of schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences.shapes import AudiencePath
from houselist.endpoint import endpoint
from houselist.errors import Impossible, NotFound
from houselist.folders.shapes import Deleted
from houselist.permissions import Permission
from houselist.schedules import store
from houselist.schedules.shapes import Schedule, ScheduleSet

if TYPE_CHECKING:
    from houselist.db import Connection

_SCHEDULE = "/v1/accounts/{accountGroupId}/audiences/{audienceId}/schedule"
_READ, _WRITE = Permission.PROSPECTING_READ, Permission.PROSPECTING_WRITE
_TAG = "Schedules"


@endpoint(
    "GET", _SCHEDULE, permission=_READ, answer=Schedule,
    summary="Get the schedule of an audience", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def get_schedule(connection: Connection, at: AudiencePath) -> Schedule:
    """When the audience is filled anew, and what became of the last run. It is not guarded.

    A run that is due while a job fills the audience starts within a minute of that job's import;
    until then `nextRunAt` is past.
    """
    return await store.get(connection, at.account_group_id, at.audience_id)


@endpoint(
    "PUT", _SCHEDULE, permission=_WRITE, answer=Schedule,
    summary="Set the schedule of an audience", tag=_TAG, refuses=(NotFound, Impossible),
)  # fmt: skip
async def set_schedule(connection: Connection, at: AudiencePath, body: ScheduleSet) -> Schedule:
    """Has a `monitoring` audience filled anew from what its last job asked a provider for.

    Runs add newcomers; who has left the source stays. They come at `startsAt` and every hour, day,
    week or month after it, in UTC; months keep the day, or take their last. A run that starts late
    is one run, however many times it was due. Sent again, nothing changes. It is not guarded: a
    schedule can be set while the first job fills the audience.
    """
    return await store.put(connection, at.account_group_id, at.audience_id, body)


@endpoint(
    "DELETE", _SCHEDULE, permission=_WRITE, answer=Deleted,
    summary="Delete the schedule of an audience", tag=_TAG, refuses=(NotFound,),
)  # fmt: skip
async def delete_schedule(connection: Connection, at: AudiencePath) -> Deleted:
    """Ends the runs. The audience stays as it is, and a job that was started goes on."""
    await store.delete(connection, at.account_group_id, at.audience_id)
    return Deleted()


ROUTES = [get_schedule, set_schedule, delete_schedule]
