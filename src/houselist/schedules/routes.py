"""HTTP of schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences.shapes import AudiencePath
from houselist.errors import Impossible, NotFound, Problem
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

    A run that becomes due while a job fills the audience starts within a minute after that job's
    import; until then `nextRunAt` is in the past.
    """
    return await store.get(connection, at.account_group_id, at.audience_id)


@endpoint(
    response=Schedule,
    summary="Set the schedule of an audience",
    tag="Schedules",
    refuses=(
        NotFound,
        Impossible(
            Problem(
                "audienceId",
                "is an audience of type on_demand; only monitoring ones have a schedule",
            )
        ),
    ),
)
async def set_schedule(connection: Connection, at: AudiencePath, body: ScheduleSet) -> Schedule:
    """Fills a `monitoring` audience again, as often as it says, from its last job's source.

    Each run adds people who are new in the source; people who left the source stay. Runs start at
    `startsAt` and every hour, day, week or month after it, in UTC. A monthly run keeps the day of
    the month, or takes the last day of a shorter month. Runs that were missed are made up for by
    one. Sending the same schedule again changes nothing. This works while a job fills the audience.
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
