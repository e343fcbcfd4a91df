"""Filters of people in an address: what they ask of the API, and how they are told. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.console.rendering import query

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMES: Final = ("addedAfter", "addedBefore", "asOf")
NAMES: Final = ("q", "company", "title", "location", "hasEmail", *_TIMES)
_LABELS: Final = {
    "company": "Company has",
    "title": "Title has",
    "location": "Location has",
    "addedAfter": "Added after",
    "addedBefore": "Added before",
    "asOf": "As of",
}


class Chip(NamedTuple):
    """A filter in words, and the address without it."""

    label: str
    value: str
    off: str


class Filters(NamedTuple):
    """`given`: as in the address. `asked`: as the API takes them."""

    given: dict[str, str]
    asked: dict[str, str]

    def day(self, name: str) -> str:
        """The day of a time, for a field that takes one; empty where there is none."""
        day = self.given.get(name, "")[:10]
        return day if _day(day) else ""

    @property
    def are_of_now(self) -> bool:
        """Whether they are about who is a member now, not at another time."""
        return "asOf" not in self.given

    def chips(self, path: str, known: Mapping[str, str]) -> list[Chip]:
        """All but the search, which has a field of its own."""
        return [
            Chip(*_told(name, value), path + query(known, **{name: None}))
            for name, value in self.given.items()
            if name != "q"
        ]

    def told(self) -> str:
        """All in one sentence, for who doesn't see the chips."""
        words = [f"“{self.given['q']}”"] if "q" in self.given else []
        words += [" ".join(_told(*each)).lower() for each in self.given.items() if each[0] != "q"]
        return ", ".join(words)


def read(given: Mapping[str, str], *, now: datetime | None = None) -> Filters:
    """The filters among what an address has. A day stands for its beginning in UTC.

    Who was a member on a day is who was at its end; today, who is now.
    """
    now = now or datetime.now(UTC)
    found = {name: given[name].strip() for name in NAMES if given.get(name, "").strip()}
    return Filters(found, {name: _asked(name, value, now) for name, value in found.items()})


def _asked(name: str, value: str, now: datetime) -> str:
    day = _day(value) if name in _TIMES else None
    if day is None:
        return value
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if name == "asOf" and day == now.date():
        at = now
    elif name == "asOf":
        at += timedelta(days=1, milliseconds=-1)
    return at.isoformat(timespec="milliseconds")


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if _DAY.fullmatch(value) else None
    except ValueError:  # the 31st of June
        return None


def _told(name: str, value: str) -> tuple[str, str]:
    if name == "hasEmail":
        return ("Has", "e-mail") if value == "true" else ("Has no", "e-mail")
    if name in _TIMES:
        return _LABELS[name], _day_words(value)
    return _LABELS[name], value


def _day_words(value: str) -> str:
    if day := _day(value):
        return f"{day.day} {day:%b %Y}"
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{at.day} {at:%b %Y, %H:%M}"
