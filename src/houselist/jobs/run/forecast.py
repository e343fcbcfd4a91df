"""How many people an account looks up in a day, on average. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.connections.pace import DAYS, MINUTES

if TYPE_CHECKING:
    from houselist.connections.pace import Pace

_SECONDS = 60


def people_a_day(limit: int | None, pace: Pace, at_once: int) -> int | None:
    """What the day's budget and the account's pace allow; None where nothing limits it.

    `at_once`: how many people a request looks up. On days off nobody is looked up, which counts in
    the average.
    """
    minutes, share = MINUTES, 1.0
    if pace.hours is not None:
        minutes = (pace.hours.closes - pace.hours.opens) % MINUTES or MINUTES
        share = len(pace.hours.days) / len(DAYS)
    bounds: list[float] = [] if limit is None else [limit]
    if pace.pauses is not None and any(pace.pauses):
        requests = minutes * _SECONDS * 2 / sum(pace.pauses)
        bounds.append(requests * at_once)
    return max(1, int(min(bounds) * share)) if bounds else None
