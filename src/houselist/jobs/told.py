"""What a job's stages say in words, for the API, its events and the command line alike. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from houselist.envelope import for_people

if TYPE_CHECKING:
    from datetime import datetime

_COUNTS = re.compile(r"[0-9,]+(?= (?:looked up|in part|not found|refused|held back|left)\b)")


class LookUps(NamedTuple):
    """How far the look-ups of a job are.

    `in_part`: of those looked up, whose profiles stayed incomplete. `held_back`: whose profiles
    came in part and are asked for again at `again_at`. `to_look_up`: how many there are in all,
    None while nobody has counted; `a_day`: how many the account's budget allows, None for any
    number. `shared`: other jobs use the account too.
    """

    looked_up: int
    in_part: int
    not_found: int
    refused: int
    held_back: int
    again_at: datetime | None
    to_look_up: int | None
    a_day: int | None
    shared: bool
    over: bool

    @property
    def left(self) -> int:
        """How many are left; some of them may need no look-up by then."""
        done = self.looked_up + self.not_found + self.refused + self.held_back
        return 0 if self.over else max((self.to_look_up or 0) - done, 0)


def look_ups(now: LookUps) -> str | None:
    """How many people were looked up, what came of them, and how long the others will take."""
    told = f"{now.looked_up:,} looked up"
    if now.in_part:
        told += f" ({now.in_part:,} in part, as LinkedIn held back the rest)"
    told += f", {now.not_found:,} not found"
    if now.refused:
        told += f", {now.refused:,} refused"
    if now.held_back:
        told += (
            f", {now.held_back:,} held back in part by LinkedIn and asked for again {_again(now)}"
        )
    if now.left:
        return f"{told}, {now.left:,} left{_forecast(now)}."
    return f"{told}." if now.looked_up or now.not_found or now.refused or now.held_back else None


def _again(now: LookUps) -> str:
    if not now.over:
        return "when the others are done"
    return f"at {for_people(now.again_at)}" if now.again_at else "later"


def _forecast(now: LookUps) -> str:
    """How many days the people who are left will take, where it is more than one."""
    if now.a_day is None or now.left <= now.a_day:
        return ""
    days = f"{-(-now.left // now.a_day):,} days at {now.a_day:,} a day"
    if now.shared:
        return f": at least {days}, which other jobs use as well"
    return f": about {days}"


def without_counts(details: str) -> str:
    """The same words for all counts: what is left changes with each person."""
    return _COUNTS.sub("…", details)
