"""Where a walk goes on, as rules over pages that nobody serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.providers.base import Broken
from houselist.providers.unipile.cursors import START, Place, Thread, pack, unpack
from houselist.providers.unipile.walking import Listed, by_cursor, by_either, by_offset

if TYPE_CHECKING:
    from collections.abc import Sequence


def page(
    rows: Sequence[int],
    *,
    total: int | None = None,
    cursor: str | None = None,
    closed: bool = False,
) -> Listed:
    return Listed([{"id": str(row)} for row in rows], len(rows), cursor, total, closed)


PLACES = st.builds(
    Place,
    st.none() | st.text(max_size=50),
    st.integers(0, 10**6),
    st.integers(0, 30),
    st.text(max_size=16),
)
THREADS = st.builds(
    Thread,
    st.text(max_size=40),
    st.none() | PLACES,
    st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**6)), max_size=5),
    PLACES,
    st.none() | st.integers(0, 10**6),
)


@settings(deadline=None)
@given(PLACES, THREADS)
def test_a_place_comes_back_from_its_text(place: Place, thread: Thread) -> None:
    assert unpack(pack(place), Place) == place
    assert unpack(pack(thread), Thread) == thread
    assert pack(place).isascii()
    for kept, other in ((place, Thread), (thread, Place)):
        with pytest.raises(Broken):
            unpack(pack(kept), other)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_other_text_is_broken_and_not_asked_again(text: str) -> None:
    for kind in (Place, Thread):
        with pytest.raises(Broken) as caught:
            unpack(text, kind)
        assert not caught.value.again
        assert caught.value.unspent


def test_an_altered_cursor_is_never_an_error_of_another_sort() -> None:
    whole = pack(Place("abc", 7, 0, "x"))
    for cut in range(len(whole)):
        with pytest.raises(Broken):
            unpack(whole[:cut], Place)


def test_a_cursor_leads_on_and_its_absence_ends() -> None:
    onward = by_cursor(START, page([1, 2], cursor="next"))
    assert onward.place is not None
    assert onward.place.cursor == "next"
    assert by_cursor(onward.place, page([3])).place is None


def test_rows_that_came_are_counted_and_not_those_asked_for() -> None:
    """Unipile may make a page smaller than it was asked."""
    onward = by_offset(START, page(range(25), total=60), most=50)
    assert onward.place is not None
    assert onward.place.offset == 25


@pytest.mark.parametrize(
    ("rows", "total", "closed", "over"),
    [
        (10, 10, False, True),
        (10, 11, False, False),
        (9, 9, False, True),
        (9, 5, False, True),  # a short page past the total
        (10, 5, False, False),  # a full page past it: the total has shrunk
        (10, None, False, False),
        (9, None, False, False),  # it may be a page made smaller
        (9, None, True, True),  # it says that nothing follows
        (10, None, True, False),
    ],
)
def test_the_last_page_is_known(*, rows: int, total: int | None, closed: bool, over: bool) -> None:
    onward = by_offset(START, page(range(rows), total=total, closed=closed), most=10)
    assert (onward.place is None) is over
    assert onward.notes == ()


def test_an_empty_page_before_the_total_is_asked_again_and_then_noted() -> None:
    place, asked = Place(None, 20, 0, "x"), 0
    while True:
        onward = by_offset(place, page([], total=100), most=10)
        asked += 1
        if onward.place is None:
            break
        assert onward.place.offset == 20
        place = onward.place
    assert asked == 4
    assert onward.notes == ("Unipile gave 20 of the 100 it counts and nothing after them.",)


def test_the_same_single_person_twice_in_a_row_is_two_rows() -> None:
    place: Place | None = START
    for row in (1, 1, 2, 2, 3):
        assert place is not None
        place = by_offset(place, page([row], total=5), most=1).place
    assert place is None


def test_a_single_row_for_ever_comes_to_an_end() -> None:
    def walk() -> None:
        place: Place | None = START
        while place is not None:
            place = by_offset(place, page([1]), most=1).place

    with pytest.raises(Broken):
        walk()


def test_an_empty_page_without_a_total_is_the_end() -> None:
    assert by_offset(Place(None, 20, 0, "x"), page([]), most=10).place is None
    assert by_offset(START, page([], total=0), most=10).place is None


@settings(deadline=None)
@given(
    size=st.integers(2, 30),
    length=st.integers(0, 200),
    ceiling=st.integers(2, 30),
    told=st.booleans(),
    troubles=st.lists(st.sampled_from(["", "", "twice", "empty", "more", "less"]), max_size=60),
)
def test_every_row_is_read_whatever_happens_on_the_way(
    *, size: int, length: int, ceiling: int, told: bool, troubles: list[str]
) -> None:
    """By offset, with a server that may give less than asked, repeat itself and miscount."""
    place: Place | None = START
    seen: set[int] = set()
    before: list[int] = []
    calls = 0
    pending, quiet = [*troubles], 0
    while place is not None:
        calls += 1
        assert calls < 1000
        # Three troubles in a row at one place are more than a walk puts up with.
        trouble = pending.pop() if pending and quiet == 0 else ""
        quiet = 1 if trouble in ("twice", "empty") else 0
        rows = [*range(place.offset, min(length, place.offset + min(size, ceiling)))]
        total = length if told else None
        if trouble == "twice" and place.offset:
            rows = before
        elif trouble == "empty" and told:
            rows = []
        elif trouble == "more" and told:
            total = length + 9
        elif trouble == "less" and told and len(rows) == size:
            total = max(0, length - 9)
        before = rows
        seen.update(rows)
        place = by_offset(place, page(rows, total=total), most=size).place
    assert seen >= set(range(length)) or "less" in troubles


def test_a_cursor_is_preferred_to_an_offset_and_kept_to() -> None:
    onward = by_either(START, page([1], cursor="c", total=9), most=1)
    assert onward.place is not None
    assert onward.place.cursor == "c"
    assert by_either(onward.place, page([2], total=9), most=1).place is None
    onward = by_either(START, page([1], total=9), most=1)
    assert onward.place is not None
    assert onward.place.offset == 1
