"""Where a walk goes on, as rules over pages that nobody serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.providers.base import Broken
from houselist.providers.unipile.cursors import START, Position, Thread, pack, unpack
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
    Position,
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
def test_a_place_comes_back_from_its_text(position: Position, thread: Thread) -> None:
    assert unpack(pack(position), Position) == position
    assert unpack(pack(thread), Thread) == thread
    assert pack(position).isascii()
    for kept, other in ((position, Thread), (thread, Position)):
        with pytest.raises(Broken):
            unpack(pack(kept), other)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_other_text_is_broken_and_not_asked_again(text: str) -> None:
    for kind in (Position, Thread):
        with pytest.raises(Broken) as caught:
            unpack(text, kind)
        assert not caught.value.again
        assert caught.value.unspent


def test_an_altered_cursor_is_never_an_error_of_another_sort() -> None:
    whole = pack(Position("abc", 7, 0, "x"))
    for cut in range(len(whole)):
        with pytest.raises(Broken):
            unpack(whole[:cut], Position)


def test_a_cursor_leads_on_and_its_absence_ends() -> None:
    onward = by_cursor(START, page([1, 2], cursor="next"))
    assert onward.position is not None
    assert onward.position.cursor == "next"
    assert by_cursor(onward.position, page([3])).position is None


def test_rows_that_came_are_counted_and_not_those_asked_for() -> None:
    """Unipile may make a page smaller than it was asked."""
    onward = by_offset(START, page(range(25), total=60), limit=50)
    assert onward.position is not None
    assert onward.position.offset == 25


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
    onward = by_offset(START, page(range(rows), total=total, closed=closed), limit=10)
    assert (onward.position is None) is over
    assert onward.notes == ()


def test_an_empty_page_before_the_total_is_asked_again_and_then_noted() -> None:
    position, asked = Position(None, 20, 0, "x"), 0
    while True:
        onward = by_offset(position, page([], total=100), limit=10)
        asked += 1
        if onward.position is None:
            break
        assert onward.position.offset == 20
        position = onward.position
    assert asked == 4
    assert onward.notes == ("Unipile sent 20 people of the 100 it counts, and nobody after them.",)


def test_the_same_single_person_twice_in_a_row_is_two_rows() -> None:
    position: Position | None = START
    for row in (1, 1, 2, 2, 3):
        assert position is not None
        position = by_offset(position, page([row], total=5), limit=1).position
    assert position is None


def test_a_single_row_for_ever_comes_to_an_end() -> None:
    def walk() -> None:
        position: Position | None = START
        while position is not None:
            position = by_offset(position, page([1]), limit=1).position

    with pytest.raises(Broken):
        walk()


def test_an_empty_page_without_a_total_is_the_end() -> None:
    assert by_offset(Position(None, 20, 0, "x"), page([]), limit=10).position is None
    assert by_offset(START, page([], total=0), limit=10).position is None


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
    position: Position | None = START
    seen: set[int] = set()
    before: list[int] = []
    calls = 0
    pending, quiet = [*troubles], 0
    while position is not None:
        calls += 1
        assert calls < 1000
        # Three troubles in a row at one place are more than a walk puts up with.
        trouble = pending.pop() if pending and quiet == 0 else ""
        quiet = 1 if trouble in ("twice", "empty") else 0
        rows = [*range(position.offset, min(length, position.offset + min(size, ceiling)))]
        total = length if told else None
        if trouble == "twice" and position.offset:
            rows = before
        elif trouble == "empty" and told:
            rows = []
        elif trouble == "more" and told:
            total = length + 9
        elif trouble == "less" and told and len(rows) == size:
            total = max(0, length - 9)
        before = rows
        seen.update(rows)
        position = by_offset(position, page(rows, total=total), limit=size).position
    assert seen >= set(range(length)) or "less" in troubles


def test_a_cursor_is_preferred_to_an_offset_and_kept_to() -> None:
    onward = by_either(START, page([1], cursor="c", total=9), limit=1)
    assert onward.position is not None
    assert onward.position.cursor == "c"
    assert by_either(onward.position, page([2], total=9), limit=1).position is None
    onward = by_either(START, page([1], total=9), limit=1)
    assert onward.position is not None
    assert onward.position.offset == 1
