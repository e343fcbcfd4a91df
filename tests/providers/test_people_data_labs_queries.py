"""Whom a search finds at People Data Labs, and what is said of filters that it can't be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.people_data_labs.elastic import matches
from fakes.people_data_labs.world import record
from houselist.providers.base import SearchUrl
from houselist.providers.people_data_labs.queries import Query, read_query
from houselist.searches.shapes import (
    All,
    AnyOf,
    Condition,
    Not,
    PeopleSearch,
    Phrase,
    UnreadableSearch,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PEOPLE = 280
WHO = "People Data Labs"


def classic(**parameters: str) -> SearchUrl:
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    return SearchUrl(f"https://www.linkedin.com/search/results/people/?{query}", "classic")


def sales(*filters: str) -> SearchUrl:
    query = f"(filters:List({','.join(filters)}))"
    return SearchUrl(f"https://www.linkedin.com/sales/search/people?query={query}", "sales")


def wanted(type_: str, *texts: str, sub: str = "", side: str = "INCLUDED") -> str:
    values = ",".join(f"(text:{quote(each, safe='')},selectionType:{side})" for each in texts)
    scope = f",selectedSubFilter:{sub}" if sub else ""
    return f"(type:{type_},values:List({values}){scope})"


def chosen(type_: str, id_: str, text: str) -> str:
    """A value that was chosen from a list: by id, with its name."""
    name = quote(text, safe="")
    value = f"(id:{quote(id_, safe='')},text:{name},selectionType:INCLUDED)"
    return f"(type:{type_},values:List({value}))"


def found(search: SearchUrl) -> tuple[set[int], tuple[str, ...]]:
    """Who is found, by number, and the notes."""
    asked = read_query(search.people())
    return {n for n in range(PEOPLE) if matches(record(n), asked.query)}, asked.notes


def those(holds: Callable[[dict[str, Any]], bool]) -> set[int]:
    people = {n for n in range(PEOPLE) if holds(record(n))}
    assert 0 < len(people) < PEOPLE, "nobody or everybody proves nothing"
    return people


def title(person: dict[str, Any], *names: str) -> bool:
    return person["job_title"] in names


SOFTWARE = "computer software"


def jobs(person: dict[str, Any]) -> list[str]:
    return [each["title"]["name"] for each in person["experience"]]


def nurses(person: dict[str, Any]) -> bool:
    return "nurse" in jobs(person)


def heads(person: dict[str, Any]) -> bool:
    return "head of sales" in jobs(person)


def only_once_nurse(person: dict[str, Any]) -> bool:
    return nurses(person) and not title(person, "nurse")


def at(person: dict[str, Any], number: int) -> bool:
    return person["job_company_name"] == f"company {number}"


def sql(person: dict[str, Any]) -> bool:
    return "sql" in person["skills"]


def school(person: dict[str, Any]) -> str:
    return person["education"][0]["school"]["name"]


def in_(person: dict[str, Any], town: str) -> bool:
    return person["location_locality"] == town


def us(person: dict[str, Any]) -> bool:
    return person["location_country"] == "united states"


@pytest.mark.parametrize(
    ("search", "holds"),
    [
        # Keywords, wherever they stand; capitals, operators and quotes.
        (classic(keywords="nurse"), lambda p: "nurse" in jobs(p)),
        (classic(keywords="NURSE OR buyer"), lambda p: {"nurse", "buyer"} & set(jobs(p))),
        (classic(keywords='"head of sales" NOT nurse'), lambda p: heads(p) and not nurses(p)),
        (classic(keywords="head sales"), heads),
        (classic(keywords="negotiation"), lambda p: "negotiation" in p["skills"]),
        (classic(keywords="title:nurse"), lambda p: title(p, "nurse")),
        (classic(keywords='sql company:"company 8"'), lambda p: sql(p) and at(p, 8)),
        (classic(keywords="firstname:ada OR lastname:adler0"), lambda p: p["first_name"] == "ada"),
        # Titles by their words, short ones spelled out.
        (classic(title="sales"), lambda p: title(p, "head of sales")),
        (classic(title="CTO"), lambda p: title(p, "chief technology officer")),
        (classic(title="VP marketing"), lambda p: title(p, "vice president of marketing")),
        (classic(title="nurse OR founder"), lambda p: title(p, "nurse", "founder")),
        # Whole names: a part of one is another name.
        (classic(company="Company 7"), lambda p: at(p, 7)),
        (classic(firstName="Björn"), lambda p: p["first_name"] == "björn"),
        (classic(lastName="Adler0"), lambda p: p["last_name"] == "adler0"),
        (classic(school="Stanford University"), lambda p: school(p) == "stanford university"),
        # Companies by LinkedIn's number, or by what their page is called.
        (classic(currentCompany='["1003"]'), lambda p: at(p, 3)),
        (sales(chosen("CURRENT_COMPANY", "urn:li:organization:1003", "Else")), lambda p: at(p, 3)),
        (sales(wanted("INDUSTRY", "Computer Software")), lambda p: p["industry"] == SOFTWARE),
        (sales(wanted("INDUSTRY", "Software Development")), lambda p: p["industry"] == SOFTWARE),
        # Times of a job.
        (sales(wanted("CURRENT_TITLE", "Nurse")), lambda p: title(p, "nurse")),
        (sales(wanted("PAST_TITLE", "Nurse")), lambda p: nurses(p) and not title(p, "nurse")),
        (sales(wanted("TITLE", "Nurse", sub="CURRENT_OR_PAST")), nurses),
        (sales(wanted("TITLE", "Nurse", sub="PAST_NOT_CURRENT")), only_once_nurse),
        (sales(wanted("PAST_COMPANY", "Company 8")), lambda p: at(p, 7)),
        # Places by whole names.
        (classic(geoUrn='["103644278"]'), lambda p: p["location_country"] == "united states"),
        (sales(wanted("REGION", "Germany")), lambda p: p["location_country"] == "germany"),
        (sales(wanted("REGION", "Denver, Colorado, United States")), lambda p: in_(p, "denver")),
        (sales(wanted("REGION", "São Paulo, Brazil")), lambda p: in_(p, "são paulo")),
        (sales(wanted("REGION", "Colorado, United States")), lambda p: in_(p, "denver")),
        (sales(wanted("REGION", "Georgia, United States")), lambda p: in_(p, "atlanta")),
        # Several values, several filters, and what is left out.
        (sales(wanted("REGION", "Germany", "Brazil")), lambda p: not us(p)),
        (
            sales(wanted("REGION", "Germany"), wanted("CURRENT_TITLE", "Nurse")),
            lambda p: title(p, "nurse") and in_(p, "berlin"),
        ),
        (
            sales(
                wanted("CURRENT_TITLE", "Nurse"),
                wanted("REGION", "United States", side="EXCLUDED"),
            ),
            lambda p: title(p, "nurse") and not us(p),
        ),
        (
            sales(
                wanted("CURRENT_TITLE", "Nurse"),
                wanted("CURRENT_COMPANY", "Company 2", side="EXCLUDED"),
            ),
            lambda p: title(p, "nurse") and not at(p, 2),
        ),
    ],
)
def test_a_search_finds_the_right_people(
    search: SearchUrl, holds: Callable[[dict[str, Any]], bool]
) -> None:
    people, _ = found(search)
    assert people == those(holds)


@pytest.mark.parametrize(
    ("search", "note"),
    [
        (classic(title="nurse", network='["F"]'), "cannot use the filter network (F)."),
        (classic(title="nurse", industry='["4"]'), "cannot use the filter industry (4)."),
        (classic(title="nurse", geoUrn='["999999999"]'), "filter geoUrn (999999999)."),
        (classic(title="nurse", schoolFilter='["1792"]'), "filter schoolFilter (1792)."),
        (classic(title="nurse", connectionOf="x"), "connectionOf"),
        (sales(wanted("CURRENT_TITLE", "Nurse"), wanted("REGION", "Georgia")), "REGION (Georgia)"),
        (sales(wanted("CURRENT_TITLE", "Nurse"), wanted("REGION", "EMEA")), "REGION (EMEA)"),
        (
            sales(wanted("CURRENT_TITLE", "Nurse"), wanted("SENIORITY_LEVEL", "CXO", "VP")),
            "SENIORITY_LEVEL (CXO, VP)",
        ),
        (classic(keywords="title:nurse AND yoe:5"), "yoe:5"),
    ],
)
def test_a_filter_that_cannot_be_asked_is_named_and_the_rest_is_heeded(
    search: SearchUrl, note: str
) -> None:
    people, notes = found(search)
    assert people == those(lambda p: title(p, "nurse"))
    assert any(note in each and each.startswith(WHO) for each in notes), notes


@pytest.mark.parametrize(
    ("area", "town"),
    [
        ("Greater Denver Area", "denver"),
        ("Denver Metropolitan Area", "denver"),
        ("Berlin Metropolitan Area", "berlin"),
        ("Greater Atlanta", "atlanta"),
        ("Berlin Area, Germany", "berlin"),
    ],
)
def test_an_area_is_its_town_and_that_is_said(area: str, town: str) -> None:
    people, notes = found(sales(wanted("REGION", area)))
    assert people == those(lambda p: in_(p, town))
    assert any("not around it" in each and area[:8] in each for each in notes)


@pytest.mark.parametrize("place", ["Kansas City", "Mexico City", "Green Bay", "Bay Area"])
def test_a_town_is_not_cut_to_another_place(place: str) -> None:
    asked = read_query(sales(wanted("REGION", place)).people())
    assert matches({"location_locality": place.lower()}, asked.query)
    for other in ("kansas", "mexico", "green", "bay", "the"):
        assert not matches({"location_locality": other, "location_region": other}, asked.query)
        assert not matches({"location_country": other}, asked.query)


def test_somebody_s_past_is_said_to_leave_out_their_present() -> None:
    for type_, is_said in (("PAST_TITLE", True), ("CURRENT_TITLE", False)):
        _, notes = found(sales(wanted(type_, "Nurse")))
        assert any("whoever has it now" in each for each in notes) == is_said


@pytest.mark.parametrize(
    "search",
    [
        classic(network='["F"]'),
        classic(geoUrn='["999999999"]'),
        classic(keywords="NOT nurse"),
        classic(keywords="NOT (nurse OR buyer)"),
        sales(wanted("REGION", "Germany", side="EXCLUDED")),
        sales(wanted("SENIORITY_LEVEL", "CXO")),
        sales(wanted("CURRENT_TITLE", "Nurse", side="EXCLUDED"), wanted("REGION", "EMEA")),
    ],
)
def test_a_search_that_would_find_everybody_is_refused(search: SearchUrl) -> None:
    with pytest.raises(UnreadableSearch, match="everybody"):
        read_query(search.people())


def test_a_search_of_too_many_words_is_refused() -> None:
    words = " OR ".join(f"word{number}" for number in range(200))
    with pytest.raises(UnreadableSearch, match="Leave out"):
        read_query(classic(keywords=words).people())


def test_first_names_of_two_words_are_found_in_either_way() -> None:
    asked = read_query(classic(firstName="Mary Ann").people())
    for first, middle in (("mary ann", None), ("mary", "ann")):
        assert matches({"first_name": first, "middle_name": middle}, asked.query)
    for first, middle in (("mary", None), ("ann", "mary"), ("mary", "beth")):
        assert not matches({"first_name": first, "middle_name": middle}, asked.query)


FIELDS = (
    *("keywords", "firstName", "lastName", "title", "company"),
    *("location", "industry", "school", "network", "other"),
)
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["nurse", "Company 7", "Berlin", "Georgia", "L'Oréal"]
)
PHRASES = st.builds(Phrase, st.sampled_from(FIELDS), TEXTS)
EXPRESSIONS = st.recursive(
    PHRASES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, min_size=2, max_size=4).map(tuple))
        | st.builds(AnyOf, st.lists(inner, min_size=2, max_size=4).map(tuple))
    ),
    max_leaves=8,
)
IDS = st.none() | st.integers(1, 10**9).map(str) | st.sampled_from(["acme-inc", "F"])
VALUES = st.builds(Value, IDS, TEXTS, st.none() | EXPRESSIONS)
SIDES = st.lists(VALUES, max_size=3).map(tuple)
TIMES = st.sampled_from([None, "current", "past", "pastNotCurrent", "currentOrPast"])
CONDITIONS = st.builds(Condition, st.just("aFilter"), st.sampled_from(FIELDS), SIDES, SIDES, TIMES)


@given(st.lists(CONDITIONS, max_size=5).map(tuple))
def test_any_search_becomes_a_query_that_is_taken_or_is_refused_in_words(
    conditions: tuple[Condition, ...],
) -> None:
    try:
        asked = read_query(PeopleSearch("sales", conditions))
    except UnreadableSearch as error:
        why = str(error)
    else:
        check(asked, conditions)
        return
    assert why.endswith(".")


def check(asked: Query, conditions: tuple[Condition, ...]) -> None:
    matches(record(1), asked.query)
    assert not matches({}, asked.query), "nobody without a single property may be found"
    for condition in conditions:
        if condition.field in {"network", "other"}:
            assert any("aFilter" in note for note in asked.notes)
    assert all(note.startswith(WHO) for note in asked.notes)
