"""Small lines of how a number went day by day, as paths of SVG. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 100, 24
_EDGE = 2


def totals(now: int, growth: Mapping[int, int], days: int) -> list[int]:
    """The number at the end of each of the last days, oldest first, and the one before them.

    `growth`: by how many days ago it grew by how many.
    """
    found = [now]
    for ago in range(days):
        found.append(found[-1] - growth.get(ago, 0))
    return found[::-1]


def path(values: Sequence[int]) -> str:
    """A line through the values. Where it stays level, only the ends of that are named."""
    low, high = min(values), max(values)
    spread, last = max(high - low, 1), max(len(values) - 1, 1)
    points = [
        (
            round(at * WIDTH / last),
            round(HEIGHT - _EDGE - (value - low) * (HEIGHT - 2 * _EDGE) / spread),
        )
        for at, value in enumerate(values)
    ]
    told = [
        point
        for at, point in enumerate(points)
        if not 0 < at < last or not points[at - 1][1] == point[1] == points[at + 1][1]
    ]
    return "M" + "L".join(f"{x} {y}" for x, y in told)
