"""Addresses of PostgreSQL: which say one thing only, and what is told of them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.postgres.address import describe, is_address, without_password


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://u:p@db.example:5432/houselist", "The database houselist at db.example:5432"),
        ("postgres://db.example/houselist", "The database houselist at db.example"),
        ("postgresql://u:p@[::1]:5432/x", "The database x at [::1]:5432"),
        (
            "postgresql://u@one:1,two:2/x?target_session_attrs=read-write",
            "The database x at one:1,two:2",
        ),
        ("postgresql://houselist@/houselist?host=/tmp/socket", "The database"),
        ("postgresql:///houselist", "The database"),
    ],
)
def test_an_address_is_told_by_its_place(url: str, words: str) -> None:
    assert is_address(url)
    assert describe(url) == words


@given(st.text(min_size=1, max_size=30))
def test_a_quoted_password_is_never_in_the_words(password: str) -> None:
    secret = f"~{password}~"
    url = f"postgresql://u:{quote(secret, safe='', errors='replace')}@h:1/d"
    assert is_address(url)
    assert secret not in describe(url)
    assert without_password(f"refused {quote(secret, safe='', errors='replace')}", url) == ""
    assert without_password("refused", url) == "refused"


@given(st.text(alphabet="a1:/?#@[]%&=, \\\t\u00fc", max_size=12))
def test_as_it_is_it_is_refused_or_stays_out_of_the_words(password: str) -> None:
    url = f"postgresql://u:S{password}T@h:1/d"
    assert describe(url) in ("The database", "The database d at h:1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "postgresql",
        "http://h/x",
        "postgresql://h:port/x",
        "postgresql://h:0/x",
        "postgresql://h:65536/x",
        "postgresql://h:1/x?y",
        "postgresql://[::1/x",
        "postgresql://h/x#",
        "postgresql://u:1/p@h/d",
        "postgresql://h/" + "x" * 5000,
    ],
)
def test_what_is_no_address_is_told_by_no_part_of_it(url: str) -> None:
    assert not is_address(url)
    assert describe(url) == "The database"
    assert without_password("anything", url) == ""
