"""Cursors: signed for one list, opened by no other, whatever is done to them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from houselist.errors import Invalid
from houselist.paging import read_cursor, read_moment, read_number, sign, sign_moment, sign_number

SCOPES = st.text(max_size=80)
IDS = st.binary(min_size=12, max_size=12)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(SCOPES, st.binary(max_size=60))
def test_what_is_sealed_is_opened_again(scope: str, payload: bytes) -> None:
    cursor = sign(scope, payload)
    assert read_cursor(scope, cursor) == payload
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)


@given(SCOPES, SCOPES, st.binary(max_size=30))
def test_no_other_list_opens_it(scope: str, other: str, payload: bytes) -> None:
    assume(scope != other)
    with pytest.raises(Invalid):
        read_cursor(other, sign(scope, payload))


@given(st.binary(min_size=8, max_size=20), st.data())
def test_altered_anywhere_it_stays_shut(payload: bytes, data: st.DataObject) -> None:
    cursor = sign("list", payload)
    at = data.draw(st.integers(0, len(cursor)))
    cut = data.draw(st.integers(0, 2))
    altered = cursor[:at] + data.draw(st.text("AQgw_-=x", max_size=2)) + cursor[at + cut :]
    assume(altered != cursor)
    with pytest.raises(Invalid):
        read_cursor("list", altered)


@given(st.text())
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    for opening in (read_cursor, read_moment, read_number):
        with pytest.raises(Invalid):
            opening("list", text)


@given(MOMENTS, IDS)
def test_a_moment_and_an_id_come_back(moment: datetime, id_: bytes) -> None:
    assert read_moment("list", sign_moment("list", moment, id_)) == (moment, id_)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_comes_back(number: int) -> None:
    assert read_number("list", sign_number("list", number)) == number


# As long as a moment and an id, as long as a number, or as it comes.
PAYLOADS = st.binary(min_size=20, max_size=20) | st.binary(min_size=8, max_size=8) | st.binary()


@given(PAYLOADS)
@example((2**63 - 1).to_bytes(8) + bytes(12))
def test_a_forged_payload_is_read_as_what_it_says_or_refused(payload: bytes) -> None:
    cursor = sign("list", payload)
    if len(payload) == 8:
        assert read_number("list", cursor) == int.from_bytes(payload, signed=True)
    else:
        with pytest.raises(Invalid):
            read_number("list", cursor)
    since = int.from_bytes(payload[:8], signed=True)
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since)
    except OverflowError:
        moment = None
    if len(payload) == 20 and moment is not None:
        assert read_moment("list", cursor) == (moment, payload[8:])
    else:
        with pytest.raises(Invalid):
            read_moment("list", cursor)


def test_microseconds_are_not_lost() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(microseconds=1)
    assert read_moment("list", sign_moment("list", moment, b"\0" * 12))[0] == moment
