"""Pictures of an audience: where their lines go, and what they say in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.console import columns, filters, pictures


def _days(*totals: int) -> list[dict[str, Any]]:
    before = (0, *totals)
    return [
        {
            "day": f"2026-03-{number + 1:02}",
            "joined": max(total - before[number], 0),
            "left": max(before[number] - total, 0),
            "total": total,
        }
        for number, total in enumerate(totals)
    ]


def test_an_axis_begins_at_nothing_unless_all_days_are_high() -> None:
    assert pictures.area(_days(0, 250, 537)).ticks == ("600", "300", "0")
    assert pictures.area(_days(1_100_086, 1_284_306)).ticks == ("1.3 M", "1.2 M", "1.1 M")
    assert pictures.area(_days(0, 0)).ticks[-1] == "0"
    assert pictures.area(_days(30_000, 30_000)).ticks == ("30.0 k", "15.0 k", "0")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_a_line_stays_in_its_picture(totals: list[int]) -> None:
    drawn = pictures.area(_days(*totals))
    points = [each.split() for each in drawn.line[1:].split("L")]
    assert len(points) == len(totals)
    assert all(0 <= float(x) <= pictures.WIDTH for x, _ in points)
    assert all(0 <= float(y) <= pictures.HEIGHT for _, y in points)
    assert drawn.end == float(points[-1][1])


def test_a_line_is_told_in_a_sentence() -> None:
    told = pictures.area(_days(10, 2_010, 2_000)).sentence
    assert told == (
        "People by day from 1 March 2026 to 3 March 2026: 10 at first, 2,000 at the end,"
        " most joined on 2 March 2026 (2,000)."
    )


@pytest.mark.parametrize(
    ("count", "exact", "told"),
    [(18_234, True, "18,234"), (18_234, False, "18,000"), (7, False, "7"), (0, False, "0")],
)
def test_an_estimate_is_rounded(count: int, exact: bool, told: str) -> None:
    assert pictures.count_words(count, is_exact=exact) == told


def test_a_day_of_an_address_is_its_beginning() -> None:
    found = filters.read({"addedAfter": "2026-11-01", "asOf": "2026-11-02", "q": "  ", "x": "y"})
    assert found.asked == {
        "addedAfter": "2026-11-01T00:00:00.000+00:00",
        "asOf": "2026-11-02T23:59:59.999+00:00",
    }
    exact = {"addedAfter": "2026-11-01T08:30:00Z"}
    assert filters.read(exact).asked == exact
    assert filters.read({"asOf": "2026-06-31"}).asked == {"asOf": "2026-06-31"}


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8, unique=True))
def test_columns_are_the_same_after_a_way_through_an_address(attributes: list[str]) -> None:
    person = {"attributes": dict.fromkeys(attributes, "x")}
    offered = columns.choose([], [person]).offered
    asked = ",".join(columns.write(each.name) for each in offered)
    again = columns.choose([asked], [person])
    assert again.shown == offered
    assert again.named == asked


def test_the_fields_of_an_export_keep_names_with_commas_whole() -> None:
    person = {"attributes": {'a,"b"': "x"}}
    asked = columns.write('attributes.a,"b"')
    assert columns.choose(["title", asked], [person]).fields == 'name,title,"attributes.a,""b"""'
