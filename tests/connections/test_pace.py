"""Pauses and working hours: when an account may be asked, by any clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.connections.pace import Pace, Pauses, WorkingHours

EVERY_DAY = tuple(range(7))
WEEK = (0, 1, 2, 3, 4)
BERLIN = "Europe/Berlin"


def hours(opens: str, closes: str, days: tuple[int, ...] = EVERY_DAY, zone: str = BERLIN) -> Pace:
    first, last = (60 * int(text[:2]) + int(text[3:]) for text in (opens, closes))
    return Pace(hours=WorkingHours(first, last, days, zone))


def local(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


DAY, NIGHT, WEEKDAYS = (
    hours("09:00", "18:00"),
    hours("22:00", "06:00"),
    hours("09:00", "18:00", WEEK),
)
FRIDAY_NIGHT = hours("22:00", "06:00", (4,))


@pytest.mark.parametrize(
    ("pace", "now", "opens"),
    [
        (DAY, "2026-11-25T08:59:59", "2026-11-25T09:00"),
        (DAY, "2026-11-25T09:00", None),
        (DAY, "2026-11-25T17:59:59", None),
        (DAY, "2026-11-25T18:00", "2026-11-26T09:00"),
        (DAY, "2026-12-31T23:00", "2027-01-01T09:00"),
        (NIGHT, "2026-11-25T21:59", "2026-11-25T22:00"),
        (NIGHT, "2026-11-25T23:00", None),
        (NIGHT, "2026-11-26T05:59", None),
        (NIGHT, "2026-11-26T06:00", "2026-11-26T22:00"),
        (WEEKDAYS, "2026-11-27T17:00", None),  # a Friday
        (WEEKDAYS, "2026-11-27T18:00", "2026-11-30T09:00"),
        (WEEKDAYS, "2026-11-28T12:00", "2026-11-30T09:00"),
        # The night belongs to the day on which it begins.
        (FRIDAY_NIGHT, "2026-11-28T05:00", None),
        (FRIDAY_NIGHT, "2026-11-27T05:00", "2026-11-27T22:00"),
        (FRIDAY_NIGHT, "2026-11-28T06:00", "2026-12-04T22:00"),
        (hours("00:00", "24:00", WEEK), "2026-11-27T23:59:59", None),
        (hours("00:00", "24:00", WEEK), "2026-11-28T00:00", "2026-11-30T00:00"),
        (hours("20:00", "24:00"), "2026-11-28T23:59", None),
        (hours("20:00", "24:00"), "2026-11-28T00:00", "2026-11-28T20:00"),
        # 29 March 2026 has no 02:00 to 03:00, 25 October has it twice.
        (hours("01:00", "03:00"), "2026-03-29T01:59", None),
        (hours("01:00", "03:00"), "2026-03-29T03:00", "2026-03-30T01:00"),
        (hours("02:00", "02:30"), "2026-03-29T01:59", "2026-03-29T03:00"),
        (hours("02:00", "02:30"), "2026-03-29T03:29", None),
        # It would be over before it began.
        (hours("02:30", "03:15"), "2026-03-29T01:00", "2026-03-30T02:30"),
        (hours("02:30", "03:15", (6,)), "2026-03-29T01:00", "2026-04-05T02:30"),
        (DAY, "2026-03-28T18:00", "2026-03-29T09:00"),
        (DAY, "2026-10-24T18:00", "2026-10-25T09:00"),
    ],
)
def test_working_hours_go_by_the_clocks_of_the_place(
    pace: Pace, now: str, opens: str | None
) -> None:
    at = local(now)
    assert pace.is_off(at) == (opens is not None)
    assert pace.first_open(at) == (at if opens is None else local(opens))


def test_a_day_of_the_place_need_not_be_a_day_of_utc() -> None:
    zone = "Pacific/Auckland"
    pace = hours("09:00", "17:00", (0,), zone)
    # Monday morning there is Sunday evening in UTC.
    assert not pace.is_off(datetime(2026, 11, 29, 20, 0, tzinfo=UTC))
    assert pace.is_off(datetime(2026, 11, 30, 20, 0, tzinfo=UTC))


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from((BERLIN, "UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")),
)
def test_it_opens_when_it_says_and_not_before(
    now: datetime, opens: int, closes: int, days: set[int], zone: str
) -> None:
    if opens == closes:
        return
    found = WorkingHours(opens, closes, tuple(days), zone)
    at = found.opening(now)
    if at is not None:
        assert now < at <= now + timedelta(days=15)
        assert found.opening(at) is None
        assert found.opening(at - timedelta(seconds=1)) == at or found.opening(
            at - timedelta(minutes=1)
        ) in (at, None)


def test_without_hours_it_is_always_open() -> None:
    now = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
    assert Pace().first_open(now) == now
    assert not Pace(Pauses(1, 2)).is_off(now)


def test_pauses_are_at_random_within_their_bounds() -> None:
    pauses = Pauses(20, 60)
    picked = [pauses.pick(random.Random(seed)) for seed in range(200)]
    assert all(20 <= pause <= 60 for pause in picked)
    assert min(picked) < 25
    assert max(picked) > 55
    assert picked[0] == pauses.pick(random.Random(0))
    assert str(pauses) == "20-60"
    assert str(Pauses(0.25, 1.5)) == "0.25-1.5"


@pytest.mark.parametrize(
    ("days", "words"),
    [(WEEK, "mon-fri"), ((0, 2, 4), "mon,wed,fri"), (EVERY_DAY, "mon-sun"), ((5, 6), "sat,sun")],
)
def test_hours_are_shown_as_they_are_typed(days: tuple[int, ...], words: str) -> None:
    found = hours("09:05", "24:00", days).hours
    assert str(found) == f"09:05-24:00 {words} {BERLIN}"
