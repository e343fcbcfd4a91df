"""An audience's figures as pictures: shapes for SVG, and the same in words. Pure."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from houselist.console import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 900, 100
# Where all days have more people than this share of the fullest, the axis does not begin at 0. From
# the second share on there is too little between them for round numbers, so it does.
_CUT_FROM, _CUT_TO = 0.5, 0.95
# Estimates are told by so many digits.
_DIGITS: Final = 2
_SHOWN_DAYS: Final = 30
TOPS: Final = {"companies": "Companies", "titles": "Titles", "locations": "Places"}
_FILTERS: Final = {"companies": "company", "titles": "title", "locations": "location"}
_METERS: Final = (
    ("Title", "title"),
    ("Company", "company"),
    ("Location", "location"),
    ("E-mail", "email"),
    ("Photo", "photoUrl"),
)


class Area(NamedTuple):
    """People by day. `line` goes through the days, `ticks` and `dates` label the axes."""

    line: str
    ticks: tuple[str, str, str]
    dates: tuple[str, str, str]
    end: float
    sentence: str

    @property
    def under(self) -> str:
        """What lies under the line."""
        return f"{self.line}L{WIDTH} {HEIGHT}L0 {HEIGHT}Z"


class Bar(NamedTuple):
    """`width` and `share` in hundredths. `filter`: the query's name that shows these people."""

    label: str
    value: str
    width: int
    filter: str = ""


def area(days: Sequence[Mapping[str, Any]]) -> Area:
    """The people of each day as a line; the first and last day at its ends."""
    totals = [each["total"] for each in days]
    low, high = _bounds(min(totals), max(totals))
    step = WIDTH / max(len(totals) - 1, 1)
    points = [
        f"{n * step:.1f} {HEIGHT - HEIGHT * (total - low) / (high - low):.1f}"
        for n, total in enumerate(totals)
    ]
    first, last = (date.fromisoformat(days[n]["day"]) for n in (0, -1))
    dates = tuple(_short_day(each) for each in (first, first + (last - first) / 2, last))
    ticks = tuple(words.short(round(each)) for each in (high, (low + high) / 2, low))
    return Area(
        f"M{points[0]}" + "".join(f"L{point}" for point in points[1:]),
        (ticks[0], ticks[1], ticks[2]),
        (dates[0], dates[1], dates[2]),
        float(points[-1].split()[1]),
        _sentence(days, first, last),
    )


def _bounds(low: int, high: int) -> tuple[int, int]:
    """Where an axis for these begins and ends: round numbers."""
    bottom = low if _CUT_FROM * high < low < _CUT_TO * high else 0
    size = 10 ** max(0, math.floor(math.log10(max(high - bottom, 1))))
    floor = bottom // size * size
    top = math.ceil(max(high, floor + 1) / size) * size
    # An even distance, so that the middle is a number as well.
    return floor, top + (size if (top - floor) % 2 else 0)


def _sentence(days: Sequence[Mapping[str, Any]], first: date, last: date) -> str:
    told = (
        f"People by day from {_long_day(first)} to {_long_day(last)}:"
        f" {words.number(days[0]['total'])} at first, {words.number(days[-1]['total'])} at the end"
    )
    most = max(days, key=lambda each: each["joined"])
    if not most["joined"]:
        return f"{told}; nobody joined."
    when = _long_day(date.fromisoformat(most["day"]))
    return f"{told}, most joined on {when} ({words.number(most['joined'])})."


def _short_day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _long_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def top(summary: Mapping[str, Any], which: str, limit: int) -> list[Bar]:
    """The most frequent companies, titles or locations."""
    found = summary[which][:limit]
    most = max((each["count"] for each in found), default=1)
    return [
        Bar(
            each["value"],
            count_words(each["count"], is_exact=summary["isExact"]),
            max(1, round(100 * each["count"] / max(most, 1))),
            _FILTERS[which],
        )
        for each in found
    ]


def count_words(count: int, *, is_exact: bool) -> str:
    """A number; an estimate is rounded to what can be said."""
    if is_exact or not count:
        return words.number(count)
    digits = _DIGITS - 1 - math.floor(math.log10(count))
    return words.number(round(count, min(digits, 0)))


def meters(summary: Mapping[str, Any]) -> list[Bar]:
    """For how many each field is known."""
    filled = summary["filled"]
    return [
        Bar(label, words.percent(filled[name], 1), round(100 * filled[name]))
        for label, name in _METERS
    ]


def days_told(days: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The last days on which something happened, newest first: what a table tells of them."""
    moved = [each for each in reversed(days) if each["joined"] or each["left"]]
    return (moved or [days[-1]])[:_SHOWN_DAYS]


def joined_lately(days: Sequence[Mapping[str, Any]]) -> int:
    """By how many the audience grew in 30 days."""
    return sum(each["joined"] - each["left"] for each in days[-_SHOWN_DAYS:])
