"""Sales Navigator's query syntax, escaped once, twice, in part or not at all."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.linkedin.restli import Unreadable, read_record

KEYS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="%"), max_size=12).map(str.strip)
# An empty text inside a list could be told from no text at all by nobody.
NODES = st.recursive(
    VALUES.filter(lambda value: value not in ("", "''")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


def written(node: Any) -> str:
    """As LinkedIn writes it: what a value shares with the syntax is escaped."""
    if isinstance(node, list):
        return f"List({','.join(map(written, node))})"
    if isinstance(node, dict):
        return f"({','.join(f'{key}:{written(each)}' for key, each in node.items())})"
    return quote(node, safe="")


@given(st.dictionaries(KEYS, NODES, min_size=1, max_size=3))
def test_what_was_written_is_read_back_however_often_it_was_escaped(record: Any) -> None:
    once = written(record)
    assert read_record(once) == record
    assert read_record(quote(once, safe="()")) == record
    assert read_record(quote(once, safe="")) == record


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a:b)", {"a": "b"}),
        ("( a : b , c : List( d , e ) )", {"a": "b", "c": ["d", "e"]}),
        ("(a:List())", {"a": []}),
        ("(a:'',b:)", {"a": "", "b": ""}),
        ("()", {}),
        ("(text:Acme, Inc.,id:7)", {"text": "Acme, Inc.", "id": "7"}),
        ("(text:Acme (US, UK) Ltd,id:7)", {"text": "Acme (US, UK) Ltd", "id": "7"}),
        ("(keywords:(fintech OR banking) NOT (x))", {"keywords": "(fintech OR banking) NOT (x)"}),
        (
            "(a:List((text%3Aowner%2Cid%3A1)),b:c%20d)",
            {"a": [{"text": "owner", "id": "1"}], "b": "c d"},
        ),
        ("(a:100%25)", {"a": "100%"}),
        ("(a:100%)", {"a": "100%"}),
        ("(a:C%252B%252B)", {"a": "C++"}),
    ],
)
def test_reading(text: str, expected: Any) -> None:
    assert read_record(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "(",
        "(a",
        "(a:",
        "(a:b",
        "(a:List(b",
        "(a:List((b:c)",
        "(a:b)x",
        "(,)",
        "(a)",
        "List(a)",
        "(1:b)",
    ],
)
def test_what_was_cut_short_or_is_something_else_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_record(text)


@given(
    st.lists(
        st.sampled_from(["(", ")", ",", ":", "a", "List(", "%28", "%2", " ", "é"]), max_size=30
    )
)
def test_nothing_but_a_refusal_is_raised(pieces: list[str]) -> None:
    try:
        found = read_record("".join(pieces))
    except Unreadable:
        return
    assert isinstance(found, dict)


@pytest.mark.parametrize(
    "text",
    ["(" * 16_000, "(a:" * 5_000, "(a:List(" + "(a:b)," * 2_700, "(a:b" + ",c" * 8_000 + ")"],
)
def test_hostile_texts_are_answered_at_once(text: str) -> None:
    start = time.thread_time()
    with suppress(Unreadable):
        read_record(text)
    assert time.thread_time() - start < 0.5
