"""From addresses of searches to queries: what is heeded, and what is said to be left out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from houselist.directory.lexemes import PREFIXES
from houselist.directory.queries import read_query
from houselist.linkedin import Refused, parse_search
from houselist.searches.notes import shortened
from houselist.searches.reading import read_people_search
from houselist.searches.shapes import UnreadableSearch
from support.directory import CLASSIC, SALES

if TYPE_CHECKING:
    from houselist.directory.queries import Query
    from houselist.searches.shapes import Condition, Product

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
GERMANY = "(('z:germany' | 'z:deutschland') | (!'p:' & ('o:germany' | 'o:deutschland')))"
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
    "schoolFilter",
    "pastCompany",
    "titleIncluded",
    "companyExcluded",
    "titleTimeScope",
    "query",
    "origin",
    "x",
]


def classic(query: str) -> tuple[str | None, tuple[str, ...]]:
    return read_query("classic", f"{CLASSIC}?{query}")[:2]


def sales(*filters: str, more: str = "") -> tuple[str | None, tuple[str, ...]]:
    record = f"(recentSearchParam:(id:1,doLogHistory:true),filters:List({','.join(filters)}){more})"
    return read_query("sales", f"{SALES}?query={quote(record, safe='()')}&sessionId=x")[:2]


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
        ("geoUrn=urn%3Ali%3Ageo%3A101282230", GERMANY),
        ("facetGeoRegion=[%22de%3A0%22]", GERMANY),
        ("f_CC=1441,1035&f_N=F", "(('k:1441' | 'k:1035') & 'n:F')"),
        ("currentCompany=%5B1441%2C%221035%22%5D", "('k:1441' | 'k:1035')"),
        ("keywords=cto#keywords=x", "'cto'"),
        ("keywords=&title=cto", "'t:cto'"),
        (
            "location=Paris, France",
            "(('p:paris' <-> 'p:france') | (!'p:' & ('o:paris' & 'o:france')))",
        ),
        ("keywords=title:cto%20NOT%20company:(a%20OR%20b)", "('t:cto' & !('c:a' | 'c:b'))"),
        ("keywords=cto&amp;title=vp", "('cto' & 't:vp')"),
        ("keywords=R%26amp%3BD", "('r' <-> 'd')"),
        ("keywords=&quot;vp x&quot;", "('vp' <-> 'x')"),
    ],
)
def test_a_classic_address(query: str, expected: str) -> None:
    assert classic(query) == (expected, ())


def in_vain(note: str, *, past: bool = False) -> tuple[str, ...]:
    """What is told of a filter; of one for the past also why."""
    told = f"The directory cannot use the filter {note}."
    return (told, "The directory knows only what people do now.") if past else (told,)


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
    assert notes == in_vain(note, past="past" in query)


def test_all_filters_in_vain_are_told_and_absurdly_many_are_refused() -> None:
    _, notes = classic("keywords=a&" + "&".join(f"f{n}=1" for n in range(99)))
    assert notes == tuple(f"The directory cannot use the filter f{n} (1)." for n in range(99))
    with pytest.raises(UnreadableSearch, match="101 filters"):
        classic("keywords=a&" + "&".join(f"f{n}=1" for n in range(100)))
    numbers = [str(number) for number in range(900)]
    _, (note,) = classic("keywords=a&x=" + quote(json.dumps(numbers)))
    assert note == f"The directory cannot use the filter x ({', '.join(numbers)})."


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
        ("(type:GEOGRAPHY,values:List((id:101282230,text:Germany)))", GERMANY, ()),
        ("(type:GEOGRAPHY,values:List((id:101282230,text:France)))", GERMANY, ()),
        (
            "(type:REGION,values:List((id:5,text:Greater Paris)))",
            "('p:greater paris' | (!'p:' & ('o:greater' & 'o:paris')))",
            (),
        ),
        (
            "(type:REGION,values:List((id:101282230,selectionType:EXCLUDED))),(type:TITLE,values:List((text:CEO)))",
            "(!('z:germany' | 'z:deutschland') & 't:ceo')",
            (),
        ),
        (
            "(type:CURRENT_COMPANY,values:List((id:urn%3Ali%3Aorganization%3A1441),(id:urn%3Ali%3AsalesList%3A7,text:Mine)))",
            "'k:1441'",
            ("The directory cannot use the filter CURRENT_COMPANY (Mine).",),
        ),
        (
            "(type:INDUSTRY,values:List((id:96,text:IT OR Services)))",
            "('i:it' & 'i:or' & 'i:services')",
            (),
        ),
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
        ("(type:TITLE,values:List((text:CEO)),selectedSubFilter:past)", "TITLE (CEO)"),
        ("(type:TITLE,values:List((text:CEO)),selectedSubFilter:PAST_NOT_CURRENT)", "TITLE (CEO)"),
        ("(type:TITLE,values:List((text:CEO)),selectedSubFilter:ONCE)", "TITLE (CEO, ONCE)"),
        ("(type:PAST_TITLE,values:List((text:CEO)))", "PAST_TITLE (CEO)"),
        (
            "(type:CURRENT_TITLE,values:List((text:CEO)),selectedSubFilter:PAST)",
            "CURRENT_TITLE (CEO, PAST)",
        ),
        ("(type:CURRENT_TITLE,values:List((text:CEO)),within:x)", "CURRENT_TITLE (CEO, x)"),
        ("(type:CURRENT_TITLE,values:List((text:CEO,selectionType:MAYBE)))", "CURRENT_TITLE (CEO)"),
        ("(type:CURRENT_TITLE,values:List((text:CEO,time:PAST)))", "CURRENT_TITLE (CEO)"),
        ("(type:REGION,values:List((id:91000005,text:Benelux)))", "REGION (Benelux)"),
        ("(type:REGION,values:List((id:90009659)))", "REGION (90009659)"),
        ("(type:SCHOOL,values:List((id:1503,text:MIT)))", "SCHOOL (MIT)"),
        (
            "(type:COMPANY_HEADCOUNT_GROWTH,rangeValue:(min:1,max:19))",
            "COMPANY_HEADCOUNT_GROWTH (1, 19)",
        ),
        (
            "(type:CURRENT_COMPANY,values:List((id:urn%3Ali%3AsalesList%3A7)))",
            "CURRENT_COMPANY (urn:li:salesList:7)",
        ),
        (
            "(type:CURRENT_COMPANY,values:List((id:urn%3Ali%3Aschool%3A7,text:MIT)))",
            "CURRENT_COMPANY (MIT)",
        ),
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
    is_past = "PAST" in filter_.upper() and "time:" not in filter_
    assert notes == in_vain(note, past=is_past)


def test_keywords_stand_in_the_query_or_beside_it() -> None:
    assert sales(more=',keywords:"a b" OR c')[0] == "(('a' <-> 'b') | 'c')"
    assert read_query("sales", f"{SALES}?keywords=a+b%20c").text == "('a' & 'b' & 'c')"
    assert sales(more=",spotlightParam:(selectedType:ALL),keywords:a") == ("'a'", ())
    assert sales(more=",spotlightParam:(selectedType:CHANGED_POSITION),keywords:a") == (
        "'a'",
        ("The directory cannot use the filter spotlightParam (CHANGED_POSITION).",),
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
        read_query("sales", f"{SALES}?query={query}")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("keywords=NOT%20intern&schoolFilter=17", "nearly everybody"),
        ("keywords=NOT%20intern%20school:mit", "nearly everybody"),
        ("keywords=cto%20-intern", "Write NOT"),
        ("keywords=C++", "%2B"),
        ("keywords=C++%20developer", "%2B"),
        ("keywords=" + "a+" * 501, "more than 500 words"),
    ],
)
def test_what_would_find_the_wrong_people_is_refused(query: str, words: str) -> None:
    with pytest.raises(UnreadableSearch, match=words):
        classic(query)


def test_the_country_that_has_the_name_of_a_state_is_told_of() -> None:
    _, (note,) = classic("geoUrn=106315325")
    assert "Georgia" in note
    assert classic("location=Atlanta%2C%20Georgia%2C%20United%20States")[1] == ()


def test_a_bare_plus_is_refused_in_a_query_too() -> None:
    with pytest.raises(UnreadableSearch, match="%2B"):
        read_query("sales", f"{SALES}?query=(keywords:C++)")


def test_a_filter_that_excludes_what_it_includes_is_refused() -> None:
    values = "(text:CEO,selectionType:INCLUDED),(text:CEO,selectionType:EXCLUDED)"
    with pytest.raises(UnreadableSearch, match="would find nobody"):
        sales(f"(type:CURRENT_TITLE,values:List({values}))")


def test_a_field_that_the_directory_does_not_have_is_told() -> None:
    told = ("The directory cannot use the filter keywords (school:mit).",)
    assert classic("keywords=cto%20school:mit") == ("'cto'", told)
    assert classic("keywords=cto%20OR%20school:mit") == ("'cto'", told)
    assert classic("keywords=cto%20NOT%20school:mit") == ("'cto'", told)
    assert classic("keywords=NOT%20intern") == ("!'intern'", ())


def _read(text: str) -> str | None:
    """The query of an address. Nothing but a refusal in words is raised."""
    try:
        search = parse_search(text)
        if search.value is None or search.kind in ("list", "saved"):
            return None
        query = read_query(search.kind, search.value)
    except (Refused, UnreadableSearch) as refused:
        words = str(refused)
        return None if words.endswith(".") else words
    assert all(note.endswith(".") and note.isprintable() for note in query.notes)
    _check_heeded_or_told(search.kind, search.value, query)
    return query.text


def _check_heeded_or_told(product: Product, url: str, query: Query) -> None:
    """Every condition changes the query, or is named in the notes."""
    search = read_people_search(product, url)
    for condition in search.conditions:
        told = any(shortened(condition.name) in note for note in query.notes)
        assert told or (query.text and _heeded(condition, query.text))


def _heeded(condition: Condition, text: str) -> bool:
    prefix = {"network": "n:", "company": ("k:", "c:"), "location": ("z:", "p:")}
    marks = prefix.get(condition.field, PREFIXES.get(condition.field, "?"))
    return any(f"'{mark}" in text for mark in ([marks] if isinstance(marks, str) else marks))


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


@settings(max_examples=30)
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
