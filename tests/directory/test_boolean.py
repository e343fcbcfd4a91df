"""LinkedIn's Boolean search, as PostgreSQL is asked it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.directory.searches.boolean import TooMuch, boolean

TOKENS = st.sampled_from(
    [
        "AND",
        "OR",
        "NOT",
        "(",
        ")",
        '"',
        "“",
        "a",
        "bb",
        "c++",
        "-",
        "&",
        "|",
        "!",
        ":*",
        "<->",
        "'",
        "\\",
        "é",
        "r&d",
    ]
)
QUERIES = st.lists(TOKENS, max_size=25).map(" ".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=40
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cto", "'cto'"),
        ("cto berlin", "('cto' & 'berlin')"),
        ("cto AND berlin", "('cto' & 'berlin')"),
        ("cto and berlin", "('cto' & 'and' & 'berlin')"),
        ("a OR b c OR d", "('a' | ('b' & 'c') | 'd')"),
        ("(a OR b) c", "(('a' | 'b') & 'c')"),
        ("NOT a", "!'a'"),
        ("NOT NOT a", "'a'"),
        ("a NOT (b OR c)", "('a' & !('b' | 'c'))"),
        ('"vice president" NOT "r&d"', "(('vice' <-> 'president') & !('r' <-> 'd'))"),
        ("“vice president”", "('vice' <-> 'president')"),
        ("jean-pierre", "('jean' <-> 'pierre')"),
        ("a OR", "'a'"),
        ("OR a", "'a'"),
        ("a OR !!! OR b", "('a' | 'b')"),
        ("NOT", None),
        ("a NOT", "'a'"),
        ("a NOT AND b", "('a' & 'b')"),
        ("(a", "'a'"),
        ("a) b", "('a' & 'b')"),
        ("()", None),
        ('"a b', "('a' <-> 'b')"),
        ('"AND"', "'and'"),
        ('a"b c"d', "('a' & ('b' <-> 'c') & 'd')"),
        ("AND OR NOT ()", None),
        ("-- ; DROP TABLE 'x'", "('drop' & 'table' & 'x')"),
        ("", None),
    ],
)
def test_reading(text: str, expected: str | None) -> None:
    assert boolean("keywords", text) == expected


def test_a_field_has_its_words_to_itself() -> None:
    assert boolean("title", '"vp sales" OR cto') == "(('t:vp' <-> 't:sales') | 't:cto')"


@pytest.mark.parametrize("text", ["a " * 501, '"' + "a " * 501, "(" * 31 + "a"])
def test_more_than_a_query_holds_is_refused(text: str) -> None:
    with pytest.raises(TooMuch):
        boolean("keywords", text)


@pytest.mark.parametrize("text", ["a " * 500, "(" * 30 + "a", ")" * 8000, "NOT " * 4000 + "a"])
def test_nearly_as_much_is_not(text: str) -> None:
    boolean("keywords", text)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(QUERIES, min_size=1, max_size=40))
def test_postgresql_takes_whatever_comes_out(server_dsn: str, texts: list[str]) -> None:
    queries = [query for text in texts if (query := boolean("title", text)) is not None]

    async def ask() -> int:
        connection = await asyncpg.connect(server_dsn)
        try:
            return await connection.fetchval(
                "SELECT count(numnode(query::tsquery)) FROM unnest($1::text[]) AS query", queries
            )
        finally:
            await connection.close()

    assert asyncio.run(ask()) == len(queries)
