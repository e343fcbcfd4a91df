"""Ids: 24 lowercase hex digits that sort by time and never meet."""

from __future__ import annotations

import multiprocessing
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.ids import ID_PATTERN, new_id, parse_id


def test_an_id_is_seconds_a_mark_and_a_counter() -> None:
    before = int(time.time())
    made = new_id()
    assert len(made) == 12
    assert before <= int.from_bytes(made[:4], "big") <= int(time.time())
    following = new_id()
    assert following[4:9] == made[4:9]
    counts = [int.from_bytes(each[9:], "big") for each in (made, following)]
    assert (counts[1] - counts[0]) % (1 << 24) == 1


@given(st.integers(0, 2**32 - 2), st.integers(1, 1000))
def test_later_ones_sort_after_earlier_ones(seconds: int, more: int) -> None:
    later = min(seconds + more, 2**32 - 1)
    assert new_id(seconds) < new_id(later)
    assert new_id(seconds).hex() < new_id(later).hex()


def test_of_many_from_many_threads_none_are_equal() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: new_id(0), range(20_000)))
    assert len(set(made)) == len(made)


def _mark() -> bytes:
    return new_id()[4:9]


def test_a_forked_process_has_a_mark_of_its_own() -> None:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(_mark) != _mark()


@given(st.binary(min_size=12, max_size=12))
def test_what_is_shown_is_read_back(raw: bytes) -> None:
    assert parse_id(raw.hex()) == raw
    assert re.search(ID_PATTERN, raw.hex())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 23,
        "0" * 25,
        "0" * 24 + "\n",
        "A" * 24,
        "g" * 24,
        "٠" * 24,
        " " + "0" * 23,
        "0x" + "0" * 22,
    ],
)
def test_nothing_else_is_an_id(text: str) -> None:
    with pytest.raises(ValueError, match="24 lowercase hex digits"):
        parse_id(text)


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    try:
        read = parse_id(text)
    except ValueError:
        return
    assert read.hex() == text
