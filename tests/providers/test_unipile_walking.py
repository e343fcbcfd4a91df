"""Where a walk goes on, as rules over pages that nobody serves."""

from __future__ import annotations

from base64 import urlsafe_b64encode as b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.providers.base import Broken, Commenters, SearchUrl
from houselist.providers.packing import pack
from houselist.providers.unipile.cursors import START, Position, Thread, unpack
from houselist.providers.unipile.limits import page_limit, page_sizes
from houselist.providers.unipile.lists import named_fewer
from houselist.providers.unipile.walking import (
    Listed,
    Onward,
    behind_the_last,
    by_cursor,
    by_either,
    by_less,
    by_offset,
    ended,
)

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


def held(inside: bytes) -> str:
    """A cursor as version 1 has them in its examples."""
    return b64encode(inside).decode()


PLACES = st.builds(
    Position,
    st.none() | st.text(max_size=50),
    st.integers(0, 10**6),
    st.integers(0, 30),
    st.text(max_size=16),
    st.none() | st.integers(1, 100),
    st.none() | st.integers(0, 10**6),
)
THREADS = st.builds(
    Thread,
    st.text(max_size=40),
    st.none() | PLACES,
    st.lists(st.tuples(st.text(max_size=20), st.integers(0, 10**6)), max_size=5),
    PLACES,
    st.none() | st.integers(0, 10**6),
)


@given(PLACES, THREADS)
def test_a_place_comes_back_from_its_text(position: Position, thread: Thread) -> None:
    assert unpack(pack(position), Position) == position
    assert unpack(pack(thread), Thread) == thread
    assert pack(position).isascii()
    for kept, other in ((position, Thread), (thread, Position)):
        with pytest.raises(Broken):
            unpack(pack(kept), other)


@given(st.text(max_size=200))
def test_any_other_text_is_broken_and_not_asked_again(text: str) -> None:
    for kind in (Position, Thread):
        with pytest.raises(Broken) as caught:
            unpack(text, kind)
        assert not caught.value.again
        assert caught.value.unspent


def test_a_place_that_was_kept_before_sizes_were_is_still_read() -> None:
    """Jobs that run through an upgrade go on where they were."""
    place = b'{"is":"place","cursor":"abc","offset":0,"stale":1,"seen":"x"}'
    old = b64encode(place).decode().rstrip("=")
    assert unpack(old, Position) == Position("abc", 0, 1, "x")
    # And what has nothing new in it is written as it was.
    assert pack(Position("abc", 0, 1, "x")) == old
    for other in (b'"limit":0', b'"limit":1000000', b'"limit":"7"', b'"size":7'):
        made_up = b64encode(place[:-1] + b"," + other + b"}").decode().rstrip("=")
        with pytest.raises(Broken):
            unpack(made_up, Position)


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


def test_a_total_that_one_page_leaves_out_still_counts() -> None:
    position = by_offset(START, page(range(10), total=40), limit=10).position
    assert position is not None
    onward = by_offset(position, page([]), limit=10)
    assert onward.position is not None, "30 are missing"
    position = by_offset(position, page(range(10, 15)), limit=10).position
    assert position is not None
    assert by_offset(position, page(range(15, 40)), limit=30).position is None


def test_a_page_that_is_refused_behind_others_is_the_end_and_noted_where_more_are_counted() -> None:
    assert behind_the_last(Position(None, 20, 0, "x")) == (None, ())
    assert behind_the_last(Position(None, 20, 0, "x", None, 20)) == (None, ())
    onward = behind_the_last(Position(None, 20, 0, "x", None, 5_000))
    assert onward.position is None
    assert onward.notes == ("Unipile sent 20 people of the 5000 it counts, and nobody after them.",)


def test_a_list_of_names_that_ends_early_does_not_speak_of_people() -> None:
    early = behind_the_last(Position(None, 20, 0, "x", None, 30))
    (words,) = named_fewer(page([], total=30), early).notes
    assert words == (
        "Unipile names fewer than the 30 that it counts. The id of another one stands in its"
        " address on Sales Navigator."
    )
    assert named_fewer(page([1]), Onward(None)) == Onward(None)


@pytest.mark.parametrize(
    ("position", "total", "is_noted"),
    [
        (START, 10, False),
        (START, 25_438, True),
        (START, None, False),
        (Position("abc", 2_490, 0, "x", 10), 2_500, False),
        (Position("abc", 2_490, 0, "x", 10), 25_438, True),
        (Position("abc", 0, 0, "x"), 25_438, False),  # of a version that did not count
    ],
)
def test_a_cursor_that_ends_before_all_that_is_counted_is_noted(
    position: Position, total: int | None, *, is_noted: bool
) -> None:
    """LinkedIn shows 1,000 or 2,500 people of any number."""
    last = page(range(10), total=total)
    onward = ended(position, last, by_cursor(position, last, 10))
    sent = position.offset + 10
    words = f"Unipile sent {sent} people of the {total} it counts, and nobody after them."
    if sent >= 1_000:
        words += " LinkedIn shows no more of one search: narrow it to find the rest."
    assert onward == (None, (words,) if is_noted else ())
    more = page(range(10), total=total, cursor="next")
    onward = ended(position, more, by_cursor(position, more, 10))
    assert onward.notes == ()
    assert onward.position is not None
    assert onward.position.offset == sent


def test_a_page_that_is_too_large_is_halved_down_to_one() -> None:
    sizes, position = [100], START
    while (less := by_less(position, sizes[-1])) is not None:
        position = less.position
        assert position is not None
        assert position.offset == 0
        sizes.append(position.limit)
    assert sizes == [100, 50, 25, 12, 6, 3, 1]
    # A cursor belongs to its size.
    assert by_less(Position("abc", 0, 0, "", 50), 50) is None


SEARCH = SearchUrl("https://www.linkedin.com/sales/search/people?keywords=x", "sales")
COMMENTS = Commenters("activity", "7100000000000000001")


@pytest.mark.parametrize(
    ("position", "sizes"),
    [
        (None, (1, 100)),
        (START, (1, 100)),
        (Position(None, 60, 0, "x"), (1, 100)),
        (Position(None, 60, 0, "x", 25), (1, 25)),
        (Position("abc", 0, 0, "x", 30), (30, 30)),
        (Position("abc", 0, 0, "x", 5_000), (100, 100)),
        (Position("abc", 0, 0, "x"), (1, 100)),  # of a version that did not keep it
        (Position(held(b'{"limit":30,"start":30}'), 0, 0, "x"), (30, 30)),
        (Position(held(b'{"limit":25,"start":25}'), 0, 0, "x", 50), (25, 25)),  # its own counts
        (Position(held(b'{"limit":0}'), 0, 0, "x"), (1, 100)),
        (Position(held(b'{"limit":"30"}'), 0, 0, "x"), (1, 100)),
        (Position(held(b'{"limit":1e400}'), 0, 0, "x", 7), (7, 7)),
        (Position(held(b"[" * 60_000), 0, 0, "x", 7), (7, 7)),
        (Position("é", 0, 0, "x", 7), (7, 7)),
    ],
)
def test_a_cursor_is_resumed_with_the_size_it_came_with(
    position: Position | None, sizes: tuple[int, int]
) -> None:
    assert page_sizes(SEARCH, position and pack(position)) == sizes
    smallest, largest = sizes
    for wish in (1, 30, 10_000):
        assert page_limit(SEARCH, position, wish) == max(smallest, min(wish, largest))
    if position is not None:
        among_replies = Thread("p", None, [("c", 3)], position, None)
        among_comments = Thread("p", position, [], START, None)
        assert page_sizes(COMMENTS, pack(among_replies)) == sizes
        assert page_sizes(COMMENTS, pack(among_comments)) == sizes


def test_a_cursor_that_makes_no_sense_has_no_size() -> None:
    for query in (SEARCH, COMMENTS):
        for cursor in ("", "nonsense", "é", pack(Thread("p", None, [], START, None))):
            assert page_sizes(query, cursor) == (1, 100)


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
