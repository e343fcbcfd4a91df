"""From addresses of searches to queries: what is heeded, and what is said to be left out."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.directory.searches import read_search
from houselist.directory.searches.filters import UnreadableSearch
from houselist.directory.searches.places import COUNTRIES
from houselist.linkedin import Refused, parse_search
from support.directory import CLASSIC, SALES

CORPUS = Path(__file__).parent.parent / "linkedin" / "linkedin-urls.tsv"
VALUE = st.sampled_from(
    [
        "cto",
        '["F","S"]',
        "[103644278]",
        '["103644278"',
        "List(F,S)",
        "List(",
        "[]",
        "{}",
        "[[1]]",
        '"',
        "%00",
        "%ZZ",
        "é",
        "a OR",
        "1441",
    ]
) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
NAMES = [
    "keywords",
    "firstName",
    "title",
    "company",
    "network",
    "geoUrn",
    "currentCompany",
    "industry",
    "school",
    "query",
    "origin",
    "x",
]


def classic(query: str) -> tuple[str | None, tuple[str, ...]]:
    return read_search("classic", f"{CLASSIC}?{query}")


def sales(*filters: str, more: str = "") -> tuple[str | None, tuple[str, ...]]:
    record = f"(recentSearchParam:(id:1,doLogHistory:true),filters:List({','.join(filters)}){more})"
    return read_search("sales", f"{SALES}?query={quote(record, safe='()')}&sessionId=x")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("keywords=cto&origin=GLOBAL&sid=x&page=3", "'cto'"),
        ("Keywords=cto", "'cto'"),
        ("keywords=chief+technology%20officer", "('chief' & 'technology' & 'officer')"),
        ("title=cto&titleFreeText=vp", "('t:cto' & 't:vp')"),
        ("title=cto&title=vp", "('t:cto' | 't:vp')"),
        ("network=%5B%22F%22%2C%22S%22%5D", "('n:F' | 'n:S')"),
        ("network=List(F,O)", "('n:F' | 'n:O')"),
        ("facetNetwork=F", "'n:F'"),
        ("geoUrn=urn%3Ali%3Ageo%3A101282230", "('o:germany' | 'o:deutschland')"),
        ("currentCompany=%5B1441%2C%221035%22%5D", "('k:1441' | 'k:1035')"),
        ("keywords=cto#keywords=x", "'cto'"),
        ("keywords=&title=cto", "'t:cto'"),
        ("location=Paris, France", "('o:paris' & 'o:france')"),
    ],
)
def test_a_classic_address(query: str, expected: str) -> None:
    assert classic(query) == (expected, ())


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ('keywords=a&network=["F","A"]', "network (A)"),
        ('keywords=a&geoUrn=["103644278","90000084"]', "geoUrn (90000084)"),
        ('keywords=a&industry=["4","6"]', "industry (4, 6)"),
        ("keywords=a&schoolFreetext=MIT", "schoolFreetext (MIT)"),
        ("keywords=a&pastCompany=1", "pastCompany (1)"),
        ("keywords=a&talksAbout=" + "x" * 500, f"talksAbout ({'x' * 59}…)"),
        ("keywords=a&x=%00%0A%1B", "x ()"),
    ],
)
def test_what_a_classic_address_asks_in_vain_is_told(query: str, note: str) -> None:
    text, notes = classic(query)
    assert text is not None
    assert notes == (f"The directory cannot use the filter {note}.",)


def test_a_hundred_filters_in_vain_are_told_in_short() -> None:
    _, notes = classic("keywords=a&" + "&".join(f"f{n}=1" for n in range(100)))
    assert len(notes) == 13
    assert notes[-1] == "And 88 filters more."


@pytest.mark.parametrize(
    ("filter_", "expected", "notes"),
    [
        ("(type:CURRENT_TITLE,values:List((id:8,text:CEO)))", "'t:ceo'", ()),
        (
            "(type:CURRENT_TITLE,values:List((id:8,text:CEO,selectionType:EXCLUDED),(text:CFO,selectionType:INCLUDED)))",
            "('t:cfo' & !'t:ceo')",
            (),
        ),
        ("(type:TITLE,values:List((text:CEO)),selectedSubFilter:CURRENT)", "'t:ceo'", ()),
        (
            "(type:TITLE,values:List((text:CEO)),selectedSubFilter:CURRENT_OR_PAST)",
            "'t:ceo'",
            ("The directory looks for TITLE in current jobs only.",),
        ),
        (
            "(type:CURRENT_COMPANY,values:List((id:urn%3Ali%3Aorganization%3A1441,text:Google)))",
            "('k:1441' | 'c:google')",
            (),
        ),
        ("(type:CURRENT_COMPANY,values:List((id:1441)))", "'k:1441'", ()),
        (
            "(type:GEOGRAPHY,values:List((id:101282230,text:Germany)))",
            "('o:germany' | 'o:deutschland')",
            (),
        ),
        ("(type:REGION,values:List((id:5,text:Greater Paris)))", "('o:greater' & 'o:paris')", ()),
        (
            "(type:INDUSTRY,values:List((id:4,text:Software Development)))",
            "('i:software' & 'i:development')",
            (),
        ),
        ("(type:RELATIONSHIP,values:List((id:S,text:2nd degree connections)))", "'n:S'", ()),
        (
            "(type:CURRENT_TITLE,values:List((text:CEO),(id:6)))",
            "'t:ceo'",
            ("The directory cannot use the filter CURRENT_TITLE (6).",),
        ),
    ],
)
def test_a_sales_navigator_filter(filter_: str, expected: str, notes: tuple[str, ...]) -> None:
    assert sales(filter_) == (expected, notes)


@pytest.mark.parametrize(
    ("filter_", "note"),
    [
        ("(type:TITLE,values:List((text:CEO)),selectedSubFilter:PAST)", "TITLE (CEO)"),
        ("(type:PAST_COMPANY,values:List((id:1,text:Acme)))", "PAST_COMPANY (Acme)"),
        ("(type:SENIORITY_LEVEL,values:List((id:310,text:CXO)))", "SENIORITY_LEVEL (CXO)"),
        (
            "(type:RELATIONSHIP,values:List((id:A,text:Group members)))",
            "RELATIONSHIP (Group members)",
        ),
        ("(type:POSTED_ON_LINKEDIN)", "POSTED_ON_LINKEDIN"),
        ("(values:List((text:x)))", "without a type (x)"),
        ("(type:LEAD_LIST,values:List((id:7,text:Mine)))", "LEAD_LIST (Mine)"),
    ],
)
def test_what_sales_navigator_asks_in_vain_is_told(filter_: str, note: str) -> None:
    text, notes = sales(filter_, more=",keywords:a")
    assert text == "'a'"
    assert notes == (f"The directory cannot use the filter {note}.",)


def test_keywords_stand_in_the_query_or_beside_it() -> None:
    assert sales(more=',keywords:"a b" OR c')[0] == "(('a' <-> 'b') | 'c')"
    assert read_search("sales", f"{SALES}?keywords=a+b%20c").text == "('a' & 'b' & 'c')"
    assert sales(more=",spotlightParam:(selectedType:ALL),keywords:a") == (
        "'a'",
        ("The directory cannot use the filter spotlightParam (ALL).",),
    )


@pytest.mark.parametrize(
    "query",
    [
        "(filters:List((type:REGION,values:List((id:1",
        "nonsense",
        "(filters:x)",
        "(filters:List(x))",
    ],
)
def test_a_query_that_was_cut_short_is_refused_and_not_half_heeded(query: str) -> None:
    with pytest.raises(UnreadableSearch, match="Copy the whole address again"):
        read_search("sales", f"{SALES}?query={query}")


def test_every_country_is_known_by_digits_and_words() -> None:
    assert len(COUNTRIES) > 50
    for digits, names in COUNTRIES.items():
        assert re.fullmatch(r"[0-9]{8,9}", digits)
        assert all(classic(f"location={quote(name)}")[0] for name in names)


def _read(text: str) -> str | None:
    """The query of an address. Nothing but a refusal in words is raised."""
    try:
        search = parse_search(text)
        if search.value is None or search.kind in ("list", "saved"):
            return None
        query = read_search(search.kind, search.value)
    except (Refused, UnreadableSearch) as refused:
        words = str(refused)
        return None if words.endswith(".") else words
    assert all(note.endswith(".") and note.isprintable() for note in query.notes)
    return query.text


def _queries(texts: list[str]) -> list[str]:
    """The queries of those that are addresses of a search."""
    return [query for text in texts if (query := _read(text)) is not None]


def _taken(dsn: str, queries: list[str]) -> int:
    async def ask() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(
                "SELECT count(query::tsquery) FROM unnest($1::text[]) AS query", queries
            )
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_every_search_of_the_corpus_is_read(server_dsn: str) -> None:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    queries = _queries([line.split("\t")[1] for line in lines])
    assert len(queries) > 1
    assert _taken(server_dsn, queries) == len(queries)


@settings(max_examples=30, deadline=None)
@given(
    parameters=st.lists(
        st.lists(st.tuples(st.sampled_from(NAMES), VALUE, st.booleans()), min_size=1, max_size=5),
        min_size=1,
        max_size=20,
    ),
    root=st.sampled_from([CLASSIC, SALES]),
)
def test_any_address_is_read_or_refused_in_words(
    server_dsn: str, parameters: list[list[tuple[str, str, bool]]], root: str
) -> None:
    addresses = [
        f"{root}?" + "&".join(f"{name}={quote(v) if escaped else v}" for name, v, escaped in each)
        for each in parameters
    ]
    queries = _queries(addresses)
    assert _taken(server_dsn, queries) == len(queries)
