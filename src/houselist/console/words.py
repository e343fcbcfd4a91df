"""How pages write numbers, times, names and outcomes. Pure."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

# From here on a count is "10,000+" where it was counted for a filter.
EXACT_TO = 10_000
_WEEK = timedelta(days=7)
_STEPS = ((60, "min", 60), (24, "h", 3_600), (math.inf, "d", 86_400))
_SHORT = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))
# Below it a short form says no more than the number itself.
_SHORT_FROM = 10_000
_WORD = re.compile(r"[^\W\d_]")


class Outcome(NamedTuple):
    """How a row's outcome is shown: its mark, its tint, and its word for one and for several."""

    icon: str
    tint: str
    one: str
    many: str


class Source(NamedTuple):
    """How it is shown where people come from: a mark and a word."""

    icon: str
    label: str


# By the type of a job's source; the last two are types of audiences alone.
SOURCES = {
    "file_upload": Source("file", "File"),
    "url_upload": Source("link", "Profile addresses"),
    "linkedin_search": Source("search", "LinkedIn search"),
    "sales_navigator": Source("compass", "Sales Navigator"),
    "post_commenters": Source("speech", "Post commenters"),
    "combination": Source("overlap", "Other audiences"),
    "undo": Source("refresh", "Undo"),
    "monitoring": Source("refresh", "On a schedule"),
    "on_demand": Source("list", "On demand"),
}

# In the ledger's order.
OUTCOMES = {
    "added": Outcome("plus", "o-added", "added", "added"),
    "alreadyMember": Outcome("check", "o-known", "already member", "already members"),
    "duplicate": Outcome("dup", "o-double", "duplicate", "duplicates"),
    "invalid": Outcome("x", "o-refused", "invalid", "invalid"),
    "overLimit": Outcome("cap", "o-over", "over limit", "over limit"),
}

# Those of an undo, whose rows are the undone job's.
UNDONE = {
    "removed": Outcome("out", "o-added", "taken out", "taken out"),
    "kept": Outcome("pin", "o-mute", "kept", "kept"),
}


def look(outcome: str) -> Outcome:
    """How an outcome is shown, an undo's included."""
    return OUTCOMES.get(outcome) or UNDONE[outcome]


def number(value: float) -> str:
    """1284306 as `1,284,306`."""
    return f"{value:,}"


def short(value: int) -> str:
    """1284306 as `1.3 M`, 212480 as `212 k`; below 10,000 in full. For navigation and axes."""
    if value < _SHORT_FROM:
        return number(value)
    for size, unit in _SHORT:
        # By what it is rounded to: 999,950 is 1 M, not 1,000 k.
        if round(value / size, 1) >= 1:
            part = value / size
            return f"{part:.1f} {unit}" if part < 100 else f"{part:.0f} {unit}"
    return number(value)


def counted(value: int, one: str, many: str | None = None) -> str:
    """`1 person`, `1,284 people`."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """`62%`; never 0% or 100% of what is not none or all."""
    if not whole or part <= 0:
        return "0%"
    if part >= whole:
        return "100%"
    return f"{min(99, max(1, math.floor(100 * part / whole + 0.5)))}%"


def moment(text: str) -> datetime:
    """A time of the API's."""
    return datetime.fromisoformat(text)


def exact(when: datetime) -> str:
    """`26 Nov 2026, 11:02 UTC`."""
    when = when.astimezone(UTC)
    return f"{when.day} {when:%b %Y, %H:%M} UTC"


def ago(when: datetime, now: datetime | None = None) -> str:
    """`2 h ago`, `in 5 min`; a date when it is more than a week away."""
    now = now or datetime.now(UTC)
    away = abs(now - when)
    if away >= _WEEK:
        return _date(when, now)
    seconds = away.total_seconds()
    if seconds < 60:
        return "just now" if when <= now else "in a moment"
    for limit, unit, size in _STEPS:
        if seconds / size < limit:
            words = f"{int(seconds // size)} {unit}"
            return f"{words} ago" if when <= now else f"in {words}"
    raise AssertionError("the last step has no limit")


def _date(when: datetime, now: datetime) -> str:
    when = when.astimezone(UTC)
    return f"{when.day} {when:%b}" if when.year == now.year else f"{when.day} {when:%b %Y}"


def duration(seconds: float) -> str:
    """`38 s`, `2 min`, `1 h`: in the steps of what is left or was taken."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    if seconds < 3_570:
        return f"{round(seconds / 60)} min"
    if seconds < 86_400:
        return f"{round(seconds / 3_600)} h"
    return f"{round(seconds / 86_400)} d"


def span(seconds: float) -> str:
    """`0.4 s`, `16 s`, `4 min 2 s`, `3 h 12 min`: what something took, in two units."""
    if seconds < 9.95:
        return f"{max(0.1, seconds):.1f} s"
    whole = round(seconds)
    for size, unit, part, smaller in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def initials(name: str | None) -> str:
    """The first letters of the first and the last word; `?` where there are none."""
    words = [word for word in (name or "")[:200].split() if _WORD.match(word)]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"


def short_address(address: str) -> str:
    """An address as people say it: `linkedin.com/in/ada`."""
    return address.removeprefix("https://").removeprefix("www.").removesuffix("/")
