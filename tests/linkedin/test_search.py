"""Search addresses beyond the corpus, and which of them are the same search."""

from __future__ import annotations

import pytest

from houselist.linkedin import Refused, parse_search

ROOT = "https://www.linkedin.com"
PEOPLE = f"{ROOT}/search/results/people/"


def answer(text: str) -> str:
    try:
        return parse_search(text).key
    except Refused as refusal:
        return f"x:{refusal.reason}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{PEOPLE}?keywords=chief technology officer&origin=X", "classic"),
        (f"{PEOPLE}?keywords=(cto OR ceo)", "classic"),
        (f"{ROOT}/sales/search/people?query=(keywords:chief technology officer)", "sales"),
        (f"{PEOPLE}?geoUrn=%5B%22103644278%22%5D", "classic"),
        (f"de.linkedin.com/search/results/people?keywords={'x' * 9000}", "classic"),
        (f"{ROOT}/sales/search/people?savedSearchId=50580289&sessionId=x", "saved:50580289"),
        (f"{ROOT}/sales/search/people?query=(x)&savedSearchId=50580289", "saved:50580289"),
        (f"{ROOT}/sales/search/people/?keywords=cto", "sales"),
        (f"{ROOT}/sales/lists/people/71/", "list:71"),
        (f"{ROOT}/talent/hire/1/discover/recruiterSearch?searchContextId=x", "recruiter"),
        (f"{ROOT}/login?session_redirect=%2Fsales%2Flists%2Fpeople%2F71", "list:71"),
        (f"{ROOT}/sales/search/people#query=(keywords%3Acto)&sessionId=x", "sales"),
        (f"{ROOT}/sales/search/people?page=2#query=(keywords:cto)", "sales"),
        (f"{ROOT}/sales/search/people#companyIncluded=Acme%3A1441", "sales"),
        (f"{ROOT}/sales/search/people#savedSearchId=50580289", "saved:50580289"),
        (f"{ROOT}/sales/search?facet=CC&facet.CC=1441&count=25", "sales"),
        (f"{ROOT}/sales/search?pivotType=EMPLOYEE&pivotId=533534", "sales"),
        (f"{ROOT}/sales/search/people/list/employees-for-account/1976", "sales"),
        (f"{ROOT}/vsearch/p?keywords=cto&openFacets=N,G,CC", "classic"),
        (f"{ROOT}/vsearch/p?f_CC=3003796", "classic"),
        (f"{ROOT}/company/acme/people/", "classic"),
        (f"{ROOT}/company/1441/people/?keywords=cto&viewAsMember=true", "classic"),
        (f"{ROOT}/school/mit/people/", "classic"),
        (f"{PEOPLE}?currentCompany=%5B%221441%22%5D", "classic"),
        (f"{ROOT}/recruiter/smartsearch?keywords=nurse&start=0", "recruiter"),
        (f"{ROOT}/recruiter/smartsearch?searchHistoryId=1&start=0", "recruiter"),
        (f"{ROOT}/talent/search?keywords=nurse", "recruiter"),
        (f"{ROOT}/sales/search/people?recentSearchId=5&query=(keywords:a)", "sales"),
        (f"{PEOPLE}?keywords=cto&amp;origin=X", "classic"),
        (f"{PEOPLE}?keywords=cto&sid=x#", "classic"),
        (f"{PEOPLE}?keywords=C%23", "classic"),
        (f"{PEOPLE}?keywords=100%25", "classic"),
        (f"{PEOPLE}?keywords=cto&original_referer=https://www.example.com/", "classic"),
    ],
)
def test_kind(text: str, expected: str) -> None:
    assert answer(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (PEOPLE, "empty_search"),
        (f"{PEOPLE}?keywords=%20&sid=x", "empty_search"),
        (f"{PEOPLE}#keywords=cto", "empty_search"),
        (f"{ROOT}/sales/search/people?sessionId=x", "empty_search"),
        (f"{ROOT}/sales/search/people?query=(filters:List())", "empty_search"),
        (f"{ROOT}/talent/search", "empty_search"),
        (f"{ROOT}/sales/search/people?savedSearchId=", "missing_id"),
        (f"{ROOT}/sales/search/people?savedSearchId=5x", "bad_id"),
        (f"{ROOT}/sales/lists/people/abc", "bad_id"),
        (f"{ROOT}/sales/lists/company/71", "not_people:company"),
        (f"{ROOT}/sales/lists", "missing_id"),
        (f"{ROOT}/search/results/content/?keywords=x", "not_people:content"),
        (f"{ROOT}/search/results/%2F/?keywords=x", "not_people:other"),
        (f"{ROOT}/search/results/", "not_people:all"),
        (f"{ROOT}/jobs/search/?keywords=x", "not_people:jobs"),
        (f"{ROOT}/sales/lead/x", "not_search:profile"),
        (f"{ROOT}/company/acme", "not_search:company"),
        (f"{ROOT}/", "not_search:home"),
        (f"{ROOT}/feed/", "not_search:feed"),
        ("urn:li:member:1", "not_search:urn"),
        ("https://evil.test/search/results/people/?keywords=x", "not_linkedin"),
        ("cto in Berlin", "whitespace"),
        (f"{PEOPLE}?facetNetwork=%5B%5D", "empty_search"),
        (f"{PEOPLE}?network=[]&geoUrn=List()&industry=%5B%22%22%5D", "empty_search"),
        (f"{PEOPLE}?keywords=%22%22", "empty_search"),
        (f"{PEOPLE}?keywords=AND", "empty_search"),
        (f"{PEOPLE}?keywords=NOT+()", "empty_search"),
        (f"{PEOPLE}?keywords=%2D%2D", "empty_search"),
        (f"{PEOPLE}?searchId=5&spellCorrectionEnabled=true&heroEntityKey=x", "empty_search"),
        (f"{PEOPLE}?titleTimeScope=CURRENT&lipi=urn:li:page:x", "empty_search"),
        (f"{ROOT}/sales/search/people?query=(spellCorrectionEnabled:true)", "empty_search"),
        (
            f"{ROOT}/sales/search/people?query=(recentSearchParam:(id:5,doLogHistory:true))",
            "empty_search",
        ),
        (
            f"{ROOT}/sales/search/people?query=(recentSearchParam%3A(id%3A5)%2Cfilters%3AList())",
            "empty_search",
        ),
        (f"{ROOT}/sales/search/people?query=(filters:List((type:FUNCTION)))", "empty_search"),
        (
            f"{ROOT}/sales/search/people?query=(filters:List((type:REGION,values:List(),selectedSubFilter:CURRENT)),keywords:'')",
            "empty_search",
        ),
        (
            f"{ROOT}/sales/search/people?query=(filters:List((type:TITLE,values:List((selectionType:INCLUDED)))))",
            "empty_search",
        ),
        (f"{ROOT}/sales/search/people#query=(filters:List())", "empty_search"),
        (f"{ROOT}/sales/search?facet=G&count=25&EL=auto", "empty_search"),
        (f"{ROOT}/vsearch/p?type=people&openFacets=N&orig=FCTD", "empty_search"),
        (f"{ROOT}/talent/search?start=25&uiOrigin=X", "empty_search"),
        (f"{ROOT}/sales/search/people?recentSearchId=2400172257&sessionId=x", "recent_search"),
        (f"{PEOPLE}?currentCompany=%5B%220%22%5D", "bad_id"),
        (f"{PEOPLE}?geoUrn=urn%3Ali%3Ageo%3A000", "bad_id"),
        (f"{ROOT}/sales/search/people?savedSearchId=000", "bad_id"),
        (f"{ROOT}/sales/lists/people/0", "bad_id"),
        (f"{ROOT}/company/000/people/", "bad_id"),
        (f"{ROOT}/company/%2F/people/", "bad_id"),
        (f"{ROOT}/sales/search/people/list/employees-for-account/0", "bad_id"),
        (f"{ROOT}/sales/search/people/list/employees-for-account", "missing_id"),
        (
            f"{ROOT}/sales/search/people?query=(filters:List((type:CURRENT_COMPANY,values:List((id:0)))))",
            "bad_id",
        ),
        (
            f"{ROOT}/talent/hire/1/discover/recruiterSearch/profile/AEMx?keywords=a",
            "not_search:profile",
        ),
        (f"{ROOT}/talent/search/profile/AEMx?keywords=a", "not_search:profile"),
        (f"{ROOT}/recruiter/profile/1,x,CAP", "not_search:profile"),
        (f"{ROOT}/vsearch/c?keywords=x", "not_people:companies"),
        (f"{ROOT}/vsearch/j?keywords=x", "not_people:jobs"),
        (f"{ROOT}/search/results/index/?keywords=x", "not_people:all"),
        (f"{ROOT}/sales/search/companies?keywords=x", "not_people:companies"),
        (f"{ROOT}/sales/search/saved-searches", "not_search:saved-searches"),
        (f"{ROOT}/groups/1/members/", "not_search:groups"),
        (f"{ROOT}/pub/dir/Jane/Doe", "not_search:directory"),
        (f"{PEOPLE}?keywords=cto see also", "text_behind"),
        (f"{PEOPLE}?keywords=chief technology officer", "text_behind"),
        (f"{PEOPLE}?keywords=cto&origin=X - our list", "text_behind"),
        (f'{PEOPLE}?keywords=cto">the search</a>', "text_behind"),
        (f"{PEOPLE}?keywords=cto](https://example.com)", "text_behind"),
        (f'{PEOPLE}?keywords="cto and so on', "text_behind"),
        (f"{PEOPLE}?keywords=cto,www.linkedin.com/in/jane-doe", "text_behind"),
        (f"{ROOT}/sales/search/people?query=(keywords:cto) and more", "text_behind"),
        (f"{PEOPLE}?keywords=R&D", "bare_ampersand"),
        (
            f"{ROOT}/sales/search/people?query=(filters:List((type:REGION,values:List((id:1",
            "bad_query",
        ),
        (f"{ROOT}/sales/search/people#query=(keywords%3Acto", "bad_query"),
        (f"{ROOT}/sales/search/people?query=()", "empty_search"),
        (f"{PEOPLE}?keywords=chief%20techn\u2026", "bad_char"),
        (f"{PEOPLE}?keywords=chief%20techn...", "bad_char"),
        (f"{PEOPLE}?keywords=C#", "bare_hash"),
        (f"{PEOPLE}?keywords=senior%20c#&origin=X", "bare_hash"),
        (f"{PEOPLE}?keywords=vice%2520president", "double_encoded"),
        (f"{PEOPLE}?geoUrn=%255B%2522103644278%2522%255D", "double_encoded"),
        (f"{ROOT}/sales/search/people?keywords=vice%2520president", "double_encoded"),
        (f"{ROOT}/sales/search/people?query=(keywords:a)#query=(keywords:b)", "two_searches"),
        (f"{PEOPLE}?keywords={'x' * 20_000}", "too_long"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert answer(text) == f"x:{reason}"


@pytest.mark.parametrize(
    "url",
    [
        f'{PEOPLE}?keywords="vp sales"',
        f"{PEOPLE}?keywords=“vp”",
        f"{ROOT}/sales/search/people?query=(filters:List((type:FUNCTION,values:List((id:3)))))",
        f"{PEOPLE}?keywords=100%&x=%ZZ",
    ],
)
def test_address_goes_upstream_unchanged(url: str) -> None:
    assert parse_search(url).value == url
    assert parse_search(f" <{url}>, ").value == url
    assert parse_search(url.removeprefix("https://")).value == url


def test_fingerprint_forgets_the_visit() -> None:
    first = parse_search(f"{PEOPLE}?keywords=c%c3%a9o&origin=A&sid=1&page=2&sessionId=3&trk=4&n=1")
    again = parse_search("http://de.linkedin.com/search/results/people?n=1&keywords=c%C3%A9o#top")
    assert first.fingerprint() == again.fingerprint()


def test_what_html_made_of_an_address_is_undone() -> None:
    search = parse_search(f"{PEOPLE}?keywords=cto&amp;title=&quot;vp&quot;&#38;network=F&quot;")
    assert search.value == f'{PEOPLE}?keywords=cto&title="vp"&network=F'


def test_filters_behind_a_hash_are_in_the_fingerprint() -> None:
    first, again, other = (
        parse_search(f"{ROOT}/sales/search/people{tail}").fingerprint()
        for tail in (
            "#query=(keywords:a)&sessionId=1",
            "?query=(keywords:a)",
            "#query=(keywords:b)",
        )
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("tail", "sent"),
    [
        ("#query=(keywords:a)", "?query=(keywords:a)"),
        ("?page=2#query=(keywords:a)", "?page=2&query=(keywords:a)"),
        ("?#query=(keywords:a)", "?query=(keywords:a)"),
        ("#?query=(keywords:a)", "?query=(keywords:a)"),
        ("?query=(keywords:a)#top", "?query=(keywords:a)#top"),
        ("?page=2&#keywords=what??", "?page=2&keywords=what??"),
        ("?keywords=a#:~:text=b", "?keywords=a#:~:text=b"),
        ("#keywords=a:~:text=b", "?keywords=a"),
    ],
)
def test_filters_behind_a_hash_are_sent_behind_a_question_mark(tail: str, sent: str) -> None:
    people = f"{ROOT}/sales/search/people"
    assert parse_search(f"{people}{tail}").value == f"{people}{sent}"


@pytest.mark.parametrize(
    ("url", "form"),
    [
        (f"{PEOPLE}?keywords=a&network=F&geoUrn=1", "today"),
        (f"{PEOPLE}?facetNetwork=F", "old"),
        (f"{ROOT}/vsearch/p?keywords=a", "old"),
        (f"{ROOT}/company/a/people", "employees"),
        (f"{ROOT}/sales/search/people?query=(keywords:a)&viewAllFilters=true", "today"),
        (f"{ROOT}/sales/search/people#titleIncluded=a", "old"),
        (f"{ROOT}/sales/search?keywords=a", "old"),
    ],
)
def test_the_form_of_a_search_is_told(url: str, form: str) -> None:
    assert parse_search(url).form == form


@pytest.mark.parametrize(
    "other",
    [
        f"{PEOPLE}?keywords=cfo",
        f"{PEOPLE}?keywords=CTO",
        f"{PEOPLE}?keywords=cto&network=F",
        f"{ROOT}/sales/search/people?keywords=cto",
    ],
)
def test_fingerprint_tells_searches_apart(other: str) -> None:
    search = parse_search(f"{PEOPLE}?keywords=cto")
    assert search.fingerprint() != parse_search(other).fingerprint()


def test_fingerprint_of_an_id_is_its_key() -> None:
    assert parse_search(f"{ROOT}/sales/lists/people/71").fingerprint() == "list:71"
