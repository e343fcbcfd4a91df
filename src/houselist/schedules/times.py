"""When a schedule's runs are due. Pure; all times are UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import Literal

Every = Literal["hour", "day", "week", "month"]

_STEPS: dict[Every, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def whole(moment: datetime) -> datetime:
    """A time as it is stored and shown: in UTC, truncated to milliseconds."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def first_after(starts_at: datetime, every: Every, now: datetime) -> datetime:
    """The first run after `now`: `starts_at` itself, or a whole number of steps later.

    Every run is counted from `starts_at`, so that months don't drift: a schedule that starts on the
    31st runs on the last day of a shorter month and on the 31st again afterwards.
    """
    if now < starts_at:
        return starts_at
    if every != "month":
        step = _STEPS[every]
        return starts_at + ((now - starts_at) // step + 1) * step
    months = (now.year - starts_at.year) * 12 + now.month - starts_at.month
    in_this_month = _months_later(starts_at, months)
    return in_this_month if in_this_month > now else _months_later(starts_at, months + 1)


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))
