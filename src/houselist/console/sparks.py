"""Small pictures of numbers for SVG: how one went day by day, how several share a bar. Pure."""

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


def shares(
    parts: Mapping[str, int], width: float = 1_000, least: float = 5
) -> list[tuple[str, float, float]]:
    """Name, start and width of each part of a bar; none that is there is narrower than `least`."""
    there = {name: part for name, part in parts.items() if part}
    whole = sum(there.values())
    wide = {name: max(width * part / whole, least) for name, part in there.items()}
    scale, at, told = width / max(sum(wide.values()), 1), 0.0, list[tuple[str, float, float]]()
    for name, size in wide.items():
        told.append((name, round(at, 1), round(size * scale, 1)))
        at += size * scale
    return told
