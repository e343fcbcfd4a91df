"""Times that providers tell, and days by which they count. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

# A wait of more than a day is a mistake, and the next day has a budget of its own anyway.
LONGEST_WAIT: Final = timedelta(hours=24)


def within_a_day(at: datetime, now: datetime) -> datetime:
    """A time to try again, in UTC: not before now, and no later than a day from now.

    Without a time zone, it is in UTC. Raises OverflowError.
    """
    utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return min(max(utc, now), now + LONGEST_WAIT)


def start_of_day(now: datetime) -> datetime:
    """When the day began, in UTC, by which budgets are counted."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
