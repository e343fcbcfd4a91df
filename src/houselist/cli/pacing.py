"""Reading `--pace` and `--working-hours` as they are typed."""

from __future__ import annotations

import math
import re
import zoneinfo
from dataclasses import dataclass

from cyclopts import Parameter

from houselist.cli.out import UsageError
from houselist.connections.pace import DAYS, MINUTES, Pace, Pauses, WorkingHours

_LONGEST_PAUSE = 3_600.0
_MAX_TYPED = 100
_SECONDS = r"(\d{1,4}(?:\.\d{1,3})?)s?"
_PAUSES = re.compile(rf"{_SECONDS}-{_SECONDS}", re.ASCII)
_HOURS = re.compile(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)", re.ASCII)
_OFF = "off"
# What word processors and chats make of a hyphen.
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-"})


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, slots=True)
class PaceTyped:
    """What is typed of an account's pace.

    Args:
        pace: Seconds between two requests of jobs, at random within them, such as 20-60. Without
            it, or with off, there is no pause.
        working_hours: When jobs may make requests, such as 09:00-18:00; 22:00-06:00 goes over
            midnight. Without it, at all hours.
        working_days: The days of the working hours, such as mon-fri; every day by default.
        time_zone: Whose clocks the working hours go by, such as Europe/Berlin; UTC by default.
    """

    pace: str | None = None
    working_hours: str | None = None
    working_days: str | None = None
    time_zone: str | None = None

    def read(self) -> Pace:
        """Raises UsageError."""
        hours = _working_hours(self.working_hours, self.working_days, self.time_zone)
        return Pace(_pauses(self.pace), hours)


NO_PACE_TYPED = PaceTyped()


def _pauses(typed: str | None) -> Pauses | None:
    text = _plain(typed, "--pace")
    if text in (None, _OFF):
        return None
    match = _PAUSES.fullmatch(text)
    shortest, longest = map(float, match.groups()) if match else (math.inf, 0.0)
    if not shortest <= longest or not 0 < longest <= _LONGEST_PAUSE:
        raise UsageError(
            f"--pace {typed!r}: give the shortest and the longest pause in seconds, up to"
            f" {_LONGEST_PAUSE:,.0f}, such as 20-60, or {_OFF}."
        )
    return Pauses(shortest, longest)


def _working_hours(
    hours: str | None, days: str | None, time_zone: str | None
) -> WorkingHours | None:
    hours_text, days_text = _plain(hours, "--working-hours"), _plain(days, "--working-days")
    zone = _time_zone(time_zone)
    if hours_text in (None, _OFF) and days_text is None:
        if zone is not None:
            raise UsageError("--time-zone is that of --working-hours or --working-days: give one.")
        return None
    if hours_text == _OFF:
        raise UsageError("--working-hours off and --working-days: give one of them only.")
    opens, closes = (0, MINUTES) if hours_text is None else _minutes(hours_text, hours)
    return WorkingHours(opens, closes, _days(days_text, days), zone or "UTC")


def _minutes(text: str, typed: str | None) -> tuple[int, int]:
    match = _HOURS.fullmatch(text)
    hour, minute, last_hour, last_minute = map(int, match.groups()) if match else (0, 0, 0, 0)
    opens, closes = 60 * hour + minute, 60 * last_hour + last_minute
    if opens == closes or opens >= MINUTES or closes > MINUTES:
        raise UsageError(
            f"--working-hours {typed!r}: give two times of 24 hours, such as 09:00-18:00,"
            f" 22:00-06:00 over midnight, or {_OFF}."
        )
    return opens, closes or MINUTES


def _days(text: str | None, typed: str | None) -> tuple[int, ...]:
    if text is None:
        return tuple(range(len(DAYS)))
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise UsageError(
                f"--working-days {typed!r}: give days such as mon-fri, or mon,wed,fri."
                f" Days: {', '.join(DAYS)}."
            )
        start, count = DAYS.index(first), DAYS.index(last) - DAYS.index(first)
        # sat-mon goes over the end of the week.
        found.update((start + n) % len(DAYS) for n in range(count % len(DAYS) + 1))
    return tuple(sorted(found))


def _time_zone(typed: str | None) -> str | None:
    if typed is None:
        return None
    names = {name.lower(): name for name in zoneinfo.available_timezones()}
    found = names.get(typed.strip().lower().replace(" ", "_")) if len(typed) <= _MAX_TYPED else None
    if found is None:
        raise UsageError(
            f"--time-zone {typed[:_MAX_TYPED]!r}: give one of the IANA names, such as"
            " Europe/Berlin or America/New_York."
        )
    return found


def _plain(typed: str | None, flag: str) -> str | None:
    """In lower case, without spaces, with plain hyphens."""
    if typed is None:
        return None
    if len(typed) > _MAX_TYPED:
        raise UsageError(f"{flag} {typed[:_MAX_TYPED]!r}…: that is too long.")
    return "".join(typed.split()).lower().translate(_DASHES)
