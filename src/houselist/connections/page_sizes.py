"""How many people a page is asked for: budgets are used up, and no walk has tiny pages. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.providers.base import PageSizes, SizesOfWalk

if TYPE_CHECKING:
    from houselist.providers.base import Cost


def choose(cost: Cost, sizes: PageSizes, daily: int | None, needed: int | None) -> PageSizes:
    """Between how many and how many people the next page is asked for.

    `daily`: what a day allows; `needed`: how many people are still wanted. None: no limit.
    """
    most = max(sizes.smallest, _least(sizes.largest, needed))
    if not cost.by_person:
        # However many people a page has, it costs as much.
        return PageSizes(most, most)
    if isinstance(sizes, SizesOfWalk):
        size = max(sizes.smallest, _for_a_walk(sizes.largest, daily, needed))
        return PageSizes(size, size)
    return PageSizes(sizes.smallest, most)


def _for_a_walk(largest: int, daily: int | None, needed: int | None) -> int:
    """One size for all pages, which leaves little of each day's budget, or of the last page.

    A page larger than a day's budget could never be asked for.
    """
    largest = _least(largest, daily)
    if needed is not None and (daily is None or needed <= daily):
        pages = -(-needed // largest)
        return -(-needed // pages)
    if daily is None:
        return largest
    # Smaller ones would take more requests than the budget that they save is worth.
    return max(range((largest + 1) // 2, largest + 1), key=lambda size: (-(daily % size), size))


def _least(number: int, limit: int | None) -> int:
    return number if limit is None else min(number, limit)
