"""How many people a page is asked for: budgets are used up, and no walk has tiny pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.connections.page_sizes import choose
from houselist.providers.base import Cost, PageSizes, SizesOfWalk

ROWS, PAGES = Cost("rows", by_person=True), Cost("pages", by_person=False)
LARGEST = st.integers(1, 200)
DAILY = st.none() | st.integers(1, 5_000)
NEEDED = st.none() | st.integers(1, 5_000)


@pytest.mark.parametrize(
    ("largest", "daily", "needed", "size"),
    [
        (50, 1000, None, 50),
        (50, 1000, 5_000, 50),
        (50, None, None, 50),
        (50, 70, None, 35),  # two a day, and nothing is left
        (50, 101, None, 50),  # no size leaves less than one
        (50, 30, None, 30),  # more could never be asked for
        (50, 1, 10, 1),
        (50, 1000, 120, 40),  # three pages, and nobody too many
        (50, 1000, 3, 3),
        (100, 2500, 2500, 100),
    ],
)
def test_a_walk_with_pages_of_one_size_wastes_little(
    largest: int, daily: int | None, needed: int | None, size: int
) -> None:
    assert choose(ROWS, SizesOfWalk(1, largest), daily, needed) == (size, size)


@given(LARGEST, DAILY, NEEDED)
def test_the_size_of_a_walk_can_be_asked_for_and_is_not_tiny(
    largest: int, daily: int | None, needed: int | None
) -> None:
    size, most = choose(ROWS, SizesOfWalk(1, largest), daily, needed)
    assert size == most
    bounds = [bound for bound in (largest, daily, needed) if bound is not None]
    assert min(bounds) / 2 <= size <= min(bounds)
    if needed is not None and needed <= (daily or needed):
        pages = -(-needed // min(largest, daily or largest))
        assert pages * (size - 1) < needed <= pages * size


@given(LARGEST, DAILY, NEEDED)
def test_other_pages_may_take_what_is_left(
    largest: int, daily: int | None, needed: int | None
) -> None:
    least, most = choose(ROWS, PageSizes(1, largest), daily, needed)
    assert (least, most) == (1, min(largest, largest if needed is None else needed))


@given(LARGEST, st.integers(1, 300), st.integers(0, 300), st.integers(1, 2_000))
def test_every_day_is_used_to_the_last_row_and_takes_no_more_pages_than_that_needs(
    largest: int, daily: int, rest: int, rows: int
) -> None:
    days: list[list[int]] = [[]]
    needed = rows
    left = min(rest, daily)
    while needed:
        least, most = choose(ROWS, PageSizes(1, largest), daily, needed)
        if left < least:
            days.append([])
            left = daily
        taken = min(most, left)
        days[-1].append(taken)
        left, needed = left - taken, needed - taken
    assert sum(map(sum, days)) == rows
    for number, pages in enumerate(days[:-1]):
        assert sum(pages) == (daily if number else min(rest, daily))
    for pages in days:
        # Only a day's last page is small.
        assert all(size == largest for size in pages[:-1])


@given(st.sampled_from((PageSizes(1, 100), SizesOfWalk(1, 100))), DAILY, NEEDED)
def test_a_page_that_costs_one_however_many_are_on_it_is_as_large_as_can_be(
    sizes: PageSizes, daily: int | None, needed: int | None
) -> None:
    size = min(100, needed or 100)
    assert choose(PAGES, sizes, daily, needed) == (size, size)


@given(st.integers(1, 100), st.sampled_from((ROWS, PAGES)), DAILY, NEEDED)
def test_a_size_that_is_fixed_is_kept(
    size: int, cost: Cost, daily: int | None, needed: int | None
) -> None:
    assert choose(cost, PageSizes(size, size), daily, needed) == (size, size)
