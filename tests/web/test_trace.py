"""Which traceparent headers are taken: W3C Trace Context, level 1 and what may come after it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.web.trace import new_trace_id, trace_id_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def of(*values: str) -> str:
    return trace_id_of([(b"traceparent", value.encode("latin-1")) for value in values])


@pytest.mark.parametrize(
    "value",
    [
        f"00-{TRACE}-{SPAN}-00",
        f"00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-ff",
        f" 00-{TRACE}-{SPAN}-01 ",
        f"01-{TRACE}-{SPAN}-01",
        f"fe-{TRACE}-{SPAN}-01",
        f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like",
    ],
)
def test_a_valid_one_is_taken(value: str) -> None:
    assert of(value) == TRACE


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-",
        f"00-{TRACE}-{SPAN}-01.",
        f"01-{TRACE}-{SPAN}-01.x",
        f"ff-{TRACE}-{SPAN}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}g-{SPAN}-01",
        f"00{TRACE}{SPAN}01",
        f"00-{TRACE}-{SPAN}-0g",
        f"00-{TRACE}-{SPAN}-01\n00",
    ],
)
def test_an_invalid_one_is_replaced(value: str) -> None:
    found = of(value)
    assert re.fullmatch(r"[0-9a-f]{32}", found)
    assert found != TRACE


def test_other_headers_do_not_matter() -> None:
    valid = f"00-{TRACE}-{SPAN}-01".encode()
    assert trace_id_of([(b"tracestate", valid), (b"x-trace-id", TRACE.encode())]) != TRACE
    assert trace_id_of([(b"accept", b"*/*"), (b"traceparent", valid)]) == TRACE


@given(st.binary())
def test_any_bytes_end_in_a_valid_id(value: bytes) -> None:
    found = trace_id_of([(b"traceparent", value)])
    assert re.fullmatch(r"[0-9a-f]{32}", found)
    assert found != "0" * 32


def test_those_made_here_differ() -> None:
    assert len({new_trace_id() for _ in range(1000)}) == 1000
