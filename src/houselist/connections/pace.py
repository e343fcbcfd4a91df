"""When an account is asked: random pauses between two requests, and working hours. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

if TYPE_CHECKING:
    import random

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES: Final = 24 * 60
# A week and a day, and a week more where a change to summer time swallows the only window.
_LOOKED_AHEAD: Final = 15


class Pauses(NamedTuple):
    """How many seconds two requests are apart, at random within these."""

    shortest: float
    longest: float

    def pick(self, chance: random.Random) -> float:
        return chance.uniform(self.shortest, self.longest)

    def __str__(self) -> str:
        return f"{self.shortest:g}-{self.longest:g}"


class WorkingHours(msgspec.Struct, frozen=True):
    """When jobs may ask, by the clocks of a place.

    `opens` and `closes` are minutes after midnight; closing no later than opening means the next
    day. `days` are those on which it opens, Monday being 0. `time_zone` is one of zoneinfo's.
    """

    opens: int
    closes: int
    days: tuple[int, ...]
    time_zone: str

    def opening(self, now: datetime) -> datetime | None:
        """When it opens next, in UTC; None while it is open. `now` is aware.

        A time that summer time skips counts as the one an hour later, and of one that comes twice
        the first counts.
        """
        zone = ZoneInfo(self.time_zone)
        # A window that opened yesterday may still be open.
        first = now.astimezone(zone).date() - timedelta(days=1)
        for day in (first + timedelta(days=count) for count in range(_LOOKED_AHEAD)):
            if day.weekday() not in self.days:
                continue
            over_night = timedelta(days=self.closes <= self.opens)
            opens = _moment(day, self.opens, zone)
            closes = _moment(day + over_night, self.closes, zone)
            if now < closes and opens < closes:
                return None if opens <= now else opens
        raise AssertionError("there are days on which it opens")

    def hours(self) -> str:
        """`09:00-18:00`."""
        return f"{_clock(self.opens)}-{_clock(self.closes)}"

    def weekdays(self) -> str:
        """`mon-fri`, or `mon,wed,fri`."""
        days = sorted(self.days)
        is_row = len(days) > 2 and days[-1] - days[0] == len(days) - 1
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}" if is_row else ",".join(DAYS[d] for d in days)

    def __str__(self) -> str:
        return f"{self.hours()} {self.weekdays()} {self.time_zone}"


class Pace(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an account is asked; None: without pauses, at all hours."""

    pauses: Pauses | None = None
    hours: WorkingHours | None = None

    def is_off(self, now: datetime) -> bool:
        """Whether it is outside the working hours."""
        return self.first_open(now) != now

    def first_open(self, at: datetime) -> datetime:
        """The first moment from then on that is within the working hours."""
        return (self.hours and self.hours.opening(at)) or at


NO_PACE: Final = Pace()


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    days, minute = divmod(minutes, MINUTES)
    clock = time(minute // 60, minute % 60)
    return datetime.combine(day + timedelta(days=days), clock, zone).astimezone(UTC)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
