"""From every form of a search's address to what it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.linkedin import Refused, parse_search
from houselist.searches.reading import read_people_search
from houselist.searches.shapes import Condition, UnreadableSearch, Value

if TYPE_CHECKING:
    from houselist.searches.shapes import PeopleSearch

ROOT = "https://www.linkedin.com"
CLASSIC = f"{ROOT}/search/results/people/"
SALES = f"{ROOT}/sales/search/people"


def read(url: str) -> PeopleSearch:
    search = parse_search(url)
    assert search.value is not None
    assert search.kind not in ("list", "saved")
    return read_people_search(search.kind, search.value)


def shown(url: str) -> list[str]:
    """Each condition in short: its name, field and time, and the ids and texts of its values."""
    return [_condition(each) for each in read(url).conditions]


def _condition(each: Condition) -> str:
    values = [*map(_value, each.include), *(f"!{_value(value)}" for value in each.exclude)]
    what = each.field if each.when is None else f"{each.field}.{each.when}"
    return f"{each.name} {what}: {' '.join(values)}".strip()


def _value(value: Value) -> str:
    return "/".join(filter(None, (value.id, value.text)))


def filters(*given: str, sign: str = "?") -> str:
    record = f"(filters:List({','.join(given)}))"
    return f"{SALES}{sign}query={quote(record, safe='()')}&sessionId=x"


LEGACY = (
    f"{SALES}#companyIncluded=Acme%3A3%2CBeta%252C%2520Inc%3A4%2CGamma&companyTimeScope=PAST"
    "&geoIncluded=us%3A0%2CParis%3A105015875&seniorityIncluded=6%2C8&rsLogId=1&logHistory=true"
)
OLDEST = (
    f"{ROOT}/sales/search?keywords=a&facet=G&facet.G=us%3A0&facet.CC=5&facet.SE=8&count=25"
    "&start=25&EL=auto&updateHistory=true&trackingInfoJson.contextId=E"
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            f"{CLASSIC}?keywords=a+b&firstName=c&lastName=d&titleFreeText=e&company=f&origin=X",
            [
                "keywords keywords: a b",
                "firstName firstName: c",
                "lastName lastName: d",
                "titleFreeText title: e",
                "company company: f",
            ],
        ),
        (
            f"{CLASSIC}?currentCompany=%5B%221441%22%5D&pastCompany=[1035]&schoolFilter=[17]",
            [
                "currentCompany company: 1441",
                "pastCompany company.past: 1035",
                "schoolFilter school: 17",
            ],
        ),
        (
            f"{CLASSIC}?facetCurrentCompany=urn:li:fsd_company:5&facetNetwork=F%2CS",
            ["facetCurrentCompany company: 5", "facetNetwork network: F S"],
        ),
        (
            f"{CLASSIC}?facetGeoRegion=[%22us%3A0%22%2C%22br%3A6034%22]&facetIndustry=[%22102%22]",
            ["facetGeoRegion location: 103644278 br:6034", "facetIndustry industry: 102"],
        ),
        (
            f"{ROOT}/vsearch/p?title=vp&titleScope=CP&company=a&companyScope=PNC&f_N=F&page_num=2",
            [
                "title title.currentOrPast: vp",
                "company company.pastNotCurrent: a",
                "f_N network: F",
            ],
        ),
        (
            f"{ROOT}/vsearch/p?locationType=I&countryCode=ua&postalCode=1",
            ["countryCode location: ua:0".replace("ua:0", "102264497"), "postalCode other: 1"],
        ),
        (f"{ROOT}/vsearch/p?title=vp&titleScope=Z", ["title, Z other: vp"]),
        (
            f"{ROOT}/vsearch/p?pivotType=sim&pivotId=7&keywords=a",
            ["pivotId sim other: 7", "keywords keywords: a"],
        ),
        (
            f"{ROOT}/company/acme/people/?keywords=cto&facetCurrentFunction=8",
            [
                "company company: acme",
                "keywords keywords: cto",
                "facetCurrentFunction other: 8",
            ],
        ),
        (f"{ROOT}/school/mit/people", ["school school: mit"]),
        (
            LEGACY,
            [
                "companyIncluded company.past: 3/Acme 4/Beta, Inc Gamma",
                "geoIncluded location: 103644278 105015875/Paris",
                "seniorityIncluded other: 6 8",
            ],
        ),
        (
            f"{SALES}?titleExcluded=CEO%3A8&keywords=a",
            ["titleExcluded title: !8/CEO", "keywords keywords: a"],
        ),
        (
            OLDEST,
            [
                "keywords keywords: a",
                "facet.G location: 103644278",
                "facet.CC company: 5",
                "facet.SE other: 8",
            ],
        ),
        (f"{ROOT}/sales/search?pivotType=EMPLOYEE&pivotId=53", ["pivotId EMPLOYEE company: 53"]),
        (
            f"{SALES}/list/employees-for-account/1976?geoIncluded=fr%3A0",
            ["employees-for-account company: 1976", "geoIncluded location: 105015875"],
        ),
        (
            f"{SALES}/list/my-people?keywords=a",
            ["list other: list/my-people", "keywords keywords: a"],
        ),
        (f"{ROOT}/sales/company/1441/people", ["company company: 1441"]),
        (
            f"{ROOT}/recruiter/smartsearch?searchKeywords=a&jobTitle=b&searchHistoryId=5&start=0",
            ["searchKeywords keywords: a", "jobTitle title: b", "searchHistoryId other: 5"],
        ),
        (
            f"{ROOT}/talent/search?keywords=a&searchContextId=x&uiOrigin=Y",
            ["keywords keywords: a", "searchContextId other: x"],
        ),
    ],
)
def test_parameters(url: str, expected: list[str]) -> None:
    assert shown(url) == expected


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ("(type:TITLE,values:List((text:a)))", "TITLE title: a"),
        ("(type:TITLE,values:List((text:a)),selectedSubFilter:CURRENT)", "TITLE title.current: a"),
        ("(type:TITLE,values:List((text:a)),selectedSubFilter:past)", "TITLE title.past: a"),
        (
            "(type:COMPANY,values:List((id:5,text:a)),selectedSubFilter:PAST_NOT_CURRENT)",
            "COMPANY company.pastNotCurrent: 5/a",
        ),
        (
            "(type:COMPANY,values:List((id:5)),selectedSubFilter:CURRENT_OR_PAST)",
            "COMPANY company.currentOrPast: 5",
        ),
        ("(type:PAST_COMPANY,values:List((id:5)))", "PAST_COMPANY company.past: 5"),
        ("(type:PAST_TITLE,values:List((text:a)))", "PAST_TITLE title.past: a"),
        (
            "(type:CURRENT_TITLE,values:List((text:a)),selectedSubFilter:PAST)",
            "CURRENT_TITLE other.past: a PAST",
        ),
        ("(type:REGION,values:List((id:1,text:b)),selectedSubFilter:X)", "REGION other: 1/b X"),
        (
            "(type:INDUSTRY,values:List((id:4,text:b,selectionType:excluded)))",
            "INDUSTRY industry: !4/b",
        ),
        ("(type:SCHOOL,values:List((id:7,text:b)))", "SCHOOL school: 7/b"),
        ("(type:ACCOUNT_LIST,values:List((id:7,text:b)))", "ACCOUNT_LIST other: 7/b"),
        (
            "(type:CURRENT_COMPANY,values:List((id:urn%3Ali%3AsalesList%3A7,text:b)))",
            "CURRENT_COMPANY other.current: urn:li:salesList:7/b",
        ),
        (
            "(type:REGION,values:List((id:urn%3Ali%3Afs_geo%3A7,text:b)))",
            "REGION location: 7/b",
        ),
        (
            "(type:REGION,values:List((id:urn%3Ali%3Agroup%3A7,text:b)))",
            "REGION other: urn:li:group:7/b",
        ),
        ("(type:RELATIONSHIP,values:List((id:S,text:2nd)))", "RELATIONSHIP network: S/2nd"),
        (
            "(type:YEARS,rangeValue:(min:1,max:2),values:List((id:3,selectionType:EXCLUDED)))",
            "YEARS other: 1 2 !3",
        ),
    ],
)
@pytest.mark.parametrize("sign", ["?", "#"])
def test_filters_of_a_query(filter_: str, expected: str, sign: str) -> None:
    assert shown(filters(filter_, sign=sign)) == [expected]


def test_a_plus_is_a_space_and_an_escaped_one_is_a_plus() -> None:
    assert shown(f"{SALES}?query=(keywords:vice+president)") == [
        "keywords keywords: vice president"
    ]
    for plus in ("%2B", "%252B"):
        assert shown(f"{SALES}?query=(keywords:C{plus}{plus}+x)") == ["keywords keywords: C++ x"]
    assert shown(f"{CLASSIC}?keywords=C%2B%2B+x") == ["keywords keywords: C++ x"]


def test_places_that_were_typed_may_have_or_between_them() -> None:
    assert shown(f"{CLASSIC}?location=Berlin%20OR%20(%22New%20York%22)") == [
        "location location: Berlin New York"
    ]
    assert shown(f"{CLASSIC}?location=Portland%2C%20OR") == ["location location: Portland, OR"]
    assert shown(f"{CLASSIC}?location=Berlin%20NOT%20Mitte") == ["location other: Berlin NOT Mitte"]


def test_what_is_empty_is_no_condition() -> None:
    empty = "(type:REGION,values:List()),(type:TITLE,values:List((selectionType:INCLUDED)))"
    assert shown(filters(empty, "(type:FIRST_NAME,values:List((text:a)))")) == [
        "FIRST_NAME firstName: a"
    ]
    assert shown(f"{SALES}?query=(keywords:'',filters:List((type:YEARS,values:List((id:3)))))") == [
        "YEARS other: 3"
    ]


def test_an_address_is_read_once_for_all_pages() -> None:
    url = f"{CLASSIC}?keywords=once"
    assert read_people_search("classic", url) is read_people_search("classic", url)


@pytest.mark.parametrize(
    "url",
    [
        f"{SALES}?query=(keywords:(a:b))",
        f"{SALES}?query=(filters:(type:REGION,values:List((id:1))))",
        f"{CLASSIC}?" + "&".join(f"f{n}=1" for n in range(101)),
        f"{CLASSIC}?keywords=" + "a+" * 600,
        f"{ROOT}/talent/hire/1/discover/recruiterSearch?searchContextId=x",
    ],
)
def test_what_cannot_be_read_is_refused_in_words(url: str) -> None:
    with pytest.raises(UnreadableSearch, match=r"[A-Z“].*\.$"):
        read(url)


SYNTAX = ["query=", "(", ")", "List(", "filters:", "type:TITLE", "values:", "id:5", "text:a", ","]
NAMES = ["keywords=", "titleIncluded=", "geoUrn=", "facet.G=", "selectedSubFilter:PAST", "title:"]
ODD = [
    "&",
    "&amp;",
    "#",
    "%28",
    "%2",
    "%00",
    "+",
    "[",
    '"',
    "us:0",
    "NOT ",
    "OR ",
    "-",
    "é",
    "\ud800",
]
PIECES = st.sampled_from([*SYNTAX, *NAMES, *ODD])


@given(
    st.sampled_from([CLASSIC, SALES, f"{ROOT}/vsearch/p", f"{ROOT}/company/a/people"]),
    st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join),
)
def test_any_address_is_read_or_refused_in_words(root: str, tail: str) -> None:
    try:
        search = parse_search(f"{root}?{tail}")
        read_people_search("sales" if search.kind == "sales" else "classic", search.value or "")
        words = "read."
    except (Refused, UnreadableSearch) as refusal:
        words = str(refusal)
    assert words.endswith(".")
