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
        (f"{PEOPLE}?keywords=chief technology officer", "classic"),
        (f"{PEOPLE}?geoUrn=%5B%22103644278%22%5D", "classic"),
        (f"de.linkedin.com/search/results/people?keywords={'x' * 9000}", "classic"),
        (f"{ROOT}/sales/search/people?savedSearchId=50580289&sessionId=x", "saved:50580289"),
        (f"{ROOT}/sales/search/people?query=(x)&savedSearchId=50580289", "saved:50580289"),
        (f"{ROOT}/sales/search/people/?keywords=cto", "sales"),
        (f"{ROOT}/sales/lists/people/71/", "list:71"),
        (f"{ROOT}/talent/hire/1/discover/recruiterSearch?searchContextId=x", "recruiter"),
        (f"{ROOT}/login?session_redirect=%2Fsales%2Flists%2Fpeople%2F71", "list:71"),
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
        f"{ROOT}/sales/search/people?query=(filters:List((type:FUNCTION)))",
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
