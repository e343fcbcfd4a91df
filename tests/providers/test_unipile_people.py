"""From Unipile's items to people: fields of both versions, and anything at all in their places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.unipile.shapes import comment_v1, comment_v2, found_v1, found_v2, full_v1, full_v2
from fakes.unipile.world import OUT_OF_NETWORK, Comment, token
from houselist.linkedin import parse_profile
from houselist.providers.base import ProviderPerson
from houselist.providers.unipile.identity import identity, member_number, token_of
from houselist.providers.unipile.lists import listed, people_page
from houselist.providers.unipile.people import commenter, found_person, profile_v1, profile_v2
from houselist.providers.unipile.profiles import held_back
from houselist.providers.unipile.walking import Onward

CLASSIC, SALES, RECRUITER = token(3), token(3, "sales"), token(3, "recruiter")
HIDDEN = OUT_OF_NETWORK - 1


def test_a_found_person_of_version_1_is_read_whole() -> None:
    assert found_person(found_v1("sales", 3)) == ProviderPerson(
        provider_id=SALES,
        public_identifier="person-3",
        linkedin_url=f"https://www.linkedin.com/sales/lead/{SALES}",
        first_name="Dmitri",
        last_name="Dvořák3",
        name="Dmitri Dvořák3",
        headline="Founder at Company 3",
        title="Founder",
        location="Zürich",
        photo_url="https://media.example/photos/3/large",
        company_name="Company 3",
        company_linkedin_identifier="1003",
        company_linkedin_url="https://www.linkedin.com/company/1003",
    )


def test_a_found_person_of_version_2_has_the_name_in_one_piece() -> None:
    person = found_person(found_v2("sales", 3))
    assert (person.first_name, person.last_name, person.name) == (None, None, "Dmitri Dvořák3")
    assert person.about == "Dmitri has been in the trade for 4 years.\nAsk away."
    assert (person.title, person.company_name) == ("Founder", "Company 3")
    assert person.company_industry == "Software Development"
    assert person.company_linkedin_url == "https://www.linkedin.com/company/company-1003/"


@pytest.mark.parametrize("product", ["classic", "sales", "recruiter"])
@pytest.mark.parametrize("make", [found_v1, found_v2])
def test_whoever_is_out_of_the_network_has_an_id_and_no_name(make: Any, product: str) -> None:
    person = found_person(make(product, HIDDEN))
    assert person.provider_id == token(HIDDEN, product)
    assert parse_profile(person.linkedin_url or "").value == token(HIDDEN, product)
    assert (person.name, person.first_name, person.last_name) == (None, None, None)
    assert person.public_identifier is None
    assert person.headline is not None


def test_what_else_a_search_may_find_is_left_out() -> None:
    body = {"items": [found_v1("classic", 1), {"type": "COMPANY", "id": "1"}, {"type": "POST"}]}
    page = people_page(listed(body, "items", "cursor"), Onward(None))
    assert [person.provider_id for person in page.items] == [token(1)]


def test_an_email_address_is_not_taken_from_a_search() -> None:
    assert "contact_info" in found_v2("sales", 2)
    assert found_person(found_v2("sales", 2)).email is None


@pytest.mark.parametrize(
    ("profile", "shape"), [(profile_v1, full_v1), (profile_v2, full_v2)], ids=["v1", "v2"]
)
def test_a_profile_has_what_enrichment_fills(profile: Any, shape: Any) -> None:
    sections = ["about", "experience", "linkedin_experience"]
    body = shape(2, "classic", sections, throttled=False)
    person = profile(body, emails=True)
    assert person.provider_id == token(2)
    assert person.public_identifier == "person-2"
    assert person.linkedin_url == f"https://www.linkedin.com/in/{token(2)}"
    assert (person.first_name, person.last_name) == ("Chloé", "Castro2")
    assert person.headline == "Nurse at Company 2"
    assert person.about == "Chloé has been in the trade for 3 years.\nAsk away."
    assert (person.title, person.company_name) == ("Nurse", "Company 2")
    assert person.photo_url == "https://media.example/photos/2/large"
    assert person.location == "Zürich"
    assert person.email == "person2@example.com"
    assert profile(body, emails=False).email is None


def work(*positions: dict[str, Any]) -> tuple[str | None, str | None]:
    person = profile_v1({"provider_id": CLASSIC, "work_experience": [*positions]}, emails=False)
    return person.title, person.company_name


@pytest.mark.parametrize(
    ("holder", "held"),
    [
        ({}, ()),
        ({"throttled_sections": None}, ()),
        ({"throttled_sections": []}, ()),
        ({"throttled_sections": ["experience"]}, ("experience",)),
        ({"throttled_sections": ["linkedin_experience", "about"]}, ("about", "experience")),
        # What nobody asked for is not worth another request.
        ({"throttled_sections": ["skills", "education", 7, None]}, ()),
        ({"work_experience": [], "work_experience_total_count": 4}, ("experience",)),
        ({"work_experience": [], "work_experience_total_count": 0}, ()),
        ({"work_experience": [{"company": "A"}], "work_experience_total_count": 4}, ()),
    ],
)
def test_a_section_that_was_held_back_is_no_empty_one(holder: Any, held: tuple[str, ...]) -> None:
    assert held_back(holder, ("about", "experience")) == held


@pytest.mark.parametrize("make", [full_v1, full_v2])
def test_what_was_held_back_is_not_known_instead_of_empty(make: Any) -> None:
    body = make(2, "classic", ["about", "experience", "linkedin_experience"], throttled=True)
    person = (profile_v1 if make is full_v1 else profile_v2)(body, emails=True)
    assert (person.title, person.company_name) == (None, None)
    assert (person.name, person.headline) == ("Chloé Castro2", "Nurse at Company 2")
    assert person.email == "person2@example.com"


def test_the_title_is_that_of_the_position_held_now() -> None:
    past = {"position": "Past", "company": "Old", "end": "1/1/2020"}
    held = {"position": "Now", "company": "New", "end": None}
    told = {"position": "Told", "company": "True", "current": True, "end": None}
    over = {"position": "Over", "company": "Gone", "current": False, "end": None}
    assert work(past, held) == ("Now", "New")
    assert work(past, held, told) == ("Told", "True")
    assert work(past, over) == (None, None)
    assert work({"position": None, "company": None}, held) == ("Now", "New")
    assert work({"position": "Alone"}) == ("Alone", None)
    assert work() == (None, None)


@pytest.mark.parametrize(
    ("item", "provider_id", "slug", "url"),
    [
        ({"id": CLASSIC}, CLASSIC, None, f"/in/{CLASSIC}"),
        ({"id": SALES, "public_identifier": "Ann-1"}, SALES, "ann-1", f"/sales/lead/{SALES}"),
        ({"id": RECRUITER}, RECRUITER, None, f"/talent/profile/{RECRUITER}"),
        ({"id": f"urn:li:fsd_profile:{CLASSIC}"}, CLASSIC, None, f"/in/{CLASSIC}"),
        (
            {"id": f"urn:li:fs_salesProfile:({SALES},NAME_SEARCH,ab12)"},
            SALES,
            None,
            f"/sales/lead/{SALES}",
        ),
        ({"id": "urn:li:member:123"}, "123", None, None),
        ({"id": "123", "public_identifier": "ann"}, "123", "ann", "/in/ann"),
        ({"public_identifier": "j%C3%B6rg"}, None, "jörg", "/in/j%C3%B6rg"),
        ({"public_identifier": CLASSIC}, None, None, None),
        (
            {"profile_url": f"https://www.linkedin.com/in/{CLASSIC}?miniProfileUrn=urn%3Ali"},
            CLASSIC,
            None,
            f"/in/{CLASSIC}",
        ),
        ({"profile_url": "https://www.linkedin.com/in/ann/"}, None, "ann", "/in/ann"),
        ({"profile_url": "https://evil.example/in/ann"}, None, None, None),
        ({"id": "x" * 256}, None, None, None),
        ({"id": 7, "public_identifier": ["ann"], "profile_url": {}}, None, None, None),
        ({}, None, None, None),
    ],
)
def test_an_identity_is_found_in_every_form(
    item: dict[str, Any], provider_id: str | None, slug: str | None, url: str | None
) -> None:
    person = found_person(item)
    assert person.provider_id == provider_id
    assert person.public_identifier == slug
    assert person.linkedin_url == (url and f"https://www.linkedin.com{url}")


def test_the_number_in_an_id_is_the_same_for_all_products() -> None:
    numbers = {member_number(token(3, each)) for each in ("classic", "sales", "recruiter")}
    assert numbers == {100_000_003}


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_an_identity_or_none(own_id: str, slug: str, url: str) -> None:
    who = identity((own_id,), slug, (url,))
    if who.url is not None:
        parse_profile(who.url)
    token_of(own_id)


@pytest.mark.parametrize("shape", [comment_v1, comment_v2], ids=["v1", "v2"])
@pytest.mark.parametrize("author", [6, 7])
def test_a_commenter_is_the_same_person_as_in_a_search(shape: Any, author: int) -> None:
    person = commenter(shape(Comment("1", author)))
    assert person is not None
    found = found_person(found_v1("classic", author))
    assert person.provider_id == found.provider_id
    assert person.linkedin_url == found.linkedin_url
    assert person.public_identifier == found.public_identifier
    assert person.name == found.name
    assert person.headline == found.headline


@pytest.mark.parametrize(
    "item",
    [
        comment_v1(Comment("1", None)),
        comment_v2(Comment("1", None)),
        {"author": "Acme", "author_details": {"id": "1000"}},
        {"author": "Acme", "author_details": {"id": "urn:li:organization:1000"}},
        {"author": "urn:li:fsd_company:1000", "author_details": {}},
        {"author_details": {"profile_url": "https://www.linkedin.com/school/mit/"}},
        {"author_details": {"profile_url": "https://www.linkedin.com/showcase/x/"}},
        {"author": {"id": CLASSIC, "type": "other"}},
    ],
)
def test_a_company_is_no_commenter(item: dict[str, Any]) -> None:
    assert commenter(item) is None


def test_somebody_with_company_in_the_name_is_a_commenter() -> None:
    address = "https://www.linkedin.com/in/company-man-organization/"
    person = commenter({"author": "Company Man", "author_details": {"profile_url": address}})
    assert person is not None
    assert person.public_identifier == "company-man-organization"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    sorted(
        {
            *found_v1("sales", 1),
            *found_v2("sales", 1),
            *comment_v1(Comment("1", 1)),
            *comment_v2(Comment("1", 1)),
            *full_v2(1, "classic", [], throttled=True),
            *full_v1(1, "classic", ["about", "experience"], throttled=False),
            "type",
        }
    )
)
NESTED = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "role",
            "position",
            "company",
            "company_id",
            "current",
            "end",
            "ended_on",
            "emails",
            "name",
            "profile_url",
            "industries",
            "experience",
            "type",
            "public_identifier",
        ]
    ),
    JSON,
    max_size=6,
)


@settings(max_examples=50)
@given(st.dictionaries(FIELDS, JSON | NESTED | st.lists(NESTED, max_size=3), max_size=12))
def test_nobody_falls_over_what_stands_in_a_field(item: dict[str, Any]) -> None:
    people = [
        found_person(item),
        profile_v1(item, emails=True),
        profile_v2(item, emails=True),
        commenter(item),
    ]
    for person in people:
        if person is not None:
            for field in person.__struct_fields__:
                value = getattr(person, field)
                assert value is None or (isinstance(value, str) and value and "\x00" not in value)
            if person.linkedin_url:
                parse_profile(person.linkedin_url)
