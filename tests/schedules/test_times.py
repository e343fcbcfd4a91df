"""When runs are due: in the rhythm of the start, in UTC, without drift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.schedules.times import Every, first_after, whole


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "starts_at", "now", "due"),
    [
        ("hour", "2026-03-01 06:10", "2026-03-01 06:10", "2026-03-01 07:10"),
        ("hour", "2026-03-01 06:10", "2026-03-09 23:15", "2026-03-10 00:10"),
        ("day", "2026-03-01 06:10", "2026-03-09 06:09", "2026-03-09 06:10"),
        ("day", "2026-12-31 23:59", "2027-01-01 00:00", "2027-01-01 23:59"),
        ("week", "2026-03-02 06:00", "2026-03-20 12:00", "2026-03-23 06:00"),
        ("month", "2026-01-15 06:00", "2026-02-15 05:59", "2026-02-15 06:00"),
        ("month", "2026-01-15 06:00", "2026-02-15 06:00", "2026-03-15 06:00"),
        ("month", "2026-11-15 06:00", "2026-12-20 06:00", "2027-01-15 06:00"),
    ],
)
def test_runs_keep_the_rhythm_of_the_start(every: Any, starts_at: str, now: str, due: str) -> None:
    assert first_after(at(starts_at), every, at(now)) == at(due)


@pytest.mark.parametrize("every", get_args(Every))
def test_a_start_to_come_is_the_first_run(every: Any) -> None:
    starts_at = at("2027-05-31 06:00")
    assert first_after(starts_at, every, at("2026-01-01 00:00")) == starts_at


def months(starts_at: str, runs: int) -> list[str]:
    """The first runs of a monthly schedule, each found from the one before."""
    found, now = [], at(starts_at)
    for _ in range(runs):
        now = first_after(at(starts_at), "month", now)
        found.append(f"{now:%m-%d}")
    return found


def test_a_month_without_the_day_takes_its_last_and_the_next_one_has_the_day_again() -> None:
    days = "02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31 01-31 02-28"
    assert months("2026-01-31 06:00", 13) == days.split()
    assert months("2028-01-30 06:00", 3) == ["02-29", "03-30", "04-30"]
    assert months("2028-02-29 06:00", 12)[-1] == "02-28"


moments = st.datetimes(
    datetime(2016, 1, 1),
    datetime(2036, 1, 1),
    timezones=st.just(UTC),
)


@given(moments, moments, st.sampled_from(get_args(Every)))
def test_a_run_is_after_now_and_never_further_than_one_step(
    starts_at: datetime, now: datetime, every: Any
) -> None:
    due = first_after(starts_at, every, now)
    longest = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
    assert due > now
    assert due == starts_at or due - now <= longest.get(every, timedelta(days=31))
    assert due.time() == starts_at.time() or every == "hour"
    assert (due.minute, due.second) == (starts_at.minute, starts_at.second)


@given(moments, moments, st.sampled_from(get_args(Every)))
def test_nothing_is_skipped_between_one_run_and_the_next(
    starts_at: datetime, now: datetime, every: Any
) -> None:
    due = first_after(starts_at, every, now)
    assert first_after(starts_at, every, due - timedelta(microseconds=1)) == due
    assert first_after(starts_at, every, due) > due


def test_a_time_is_kept_in_utc_and_whole_milliseconds() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    kept = whole(datetime(2026, 3, 1, 2, 0, 0, 123999, tzinfo=east))
    assert kept == datetime(2026, 2, 28, 20, 30, 0, 123000, tzinfo=UTC)
    assert kept.tzinfo is UTC
