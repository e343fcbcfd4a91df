"""What People Data Labs sends: people, pages and look-ups, and what is paid for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.people_data_labs.world import own_id, record
from fakes.unipile.world import by_id, by_slug
from houselist.linkedin import Profile, parse_profile
from houselist.providers.base import (
    Broken,
    Commenters,
    LeadList,
    NotAllowed,
    SavedSearch,
    SearchUrl,
    UserError,
    ask,
)
from houselist.providers.people_data_labs import open_account
from houselist.providers.people_data_labs.people import EMAILS, FIELDS, PROFILES, person, slugs
from providers.contract import all_pages, ids, looked_up

if TYPE_CHECKING:
    from fakes.people_data_labs.server import FakePeopleDataLabs
    from houselist.providers.base import Provider
    from houselist.providers.wire import Client

PEOPLE = "https://www.linkedin.com/search/results/people/?"
# 20 of 60 people.
SOFTWARE = SearchUrl(f"{PEOPLE}keywords=%22computer%20software%22", "classic")
NURSES = SearchUrl(f"{PEOPLE}title=nurse", "classic")


@pytest.fixture
def provider(client: Client, fake_pdl: FakePeopleDataLabs) -> Provider:
    return open_account(client, base_url=fake_pdl.url, account_id="", key="k", api_version="v5")


def body(fake: FakePeopleDataLabs, at: int = -1) -> Any:
    """What a request said."""
    return msgspec.json.decode(list(fake.stats.requests)[at].body)


async def test_a_person_of_a_search_is_whole(provider: Provider) -> None:
    (first, *_) = (await provider.search(SOFTWARE, None, 1)).items
    who = record(0)
    assert msgspec.to_builtins(first) == {
        "provider_id": own_id(0),
        "public_identifier": "person-0",
        "linkedin_url": "https://www.linkedin.com/in/person-0",
        "first_name": "Ada",
        "last_name": "Adler0",
        "name": "Ada Adler0",
        "headline": "Head Of Sales At Company 0",
        "title": "Head Of Sales",
        "location": "Denver, Colorado, United States",
        "company_name": "Company 0",
        "company_linkedin_identifier": "company-0",
        "company_linkedin_url": "https://www.linkedin.com/company/company-0",
        "company_industry": "Computer Software",
        "company_website": "https://company0.example",
    }
    assert who["summary"] is None


async def test_somebody_without_linkedin_still_has_an_id(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    pages = await all_pages(provider, NURSES, 100)
    found = {each.provider_id: each for _, page in pages for each in page.items}
    (without,) = [each for each in found.values() if each.linkedin_url is None]
    assert without.provider_id == own_id(37)
    assert without.public_identifier is None
    assert without.name
    assert fake_pdl.credits() == {"search": len(found)}


async def test_no_contact_data_is_asked_for_unless_it_is_wanted(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    await provider.search(SOFTWARE, None, 5)
    await provider.look_up([by_slug(1)], emails=False)
    await provider.look_up([by_slug(1)], emails=True)
    searched, plain, wanted = (body(fake_pdl, at) for at in range(3))
    assert set(searched["data_include"].split(",")) == set(FIELDS)
    (params,) = [each["params"] for each in plain["requests"]]
    assert set(params["data_include"].split(",")) == {*FIELDS, PROFILES}
    (params,) = [each["params"] for each in wanted["requests"]]
    assert set(params["data_include"].split(",")) == {*FIELDS, PROFILES, *EMAILS}


@pytest.mark.parametrize(
    ("given_", "email"),
    [
        ({"work_email": "Ada@Acme.Example"}, "ada@acme.example"),
        ({"work_email": True, "emails": True}, None),
        ({"work_email": False, "emails": False}, None),
        ({"work_email": None, "emails": [{"address": "a@b.example", "type": "personal"}]}, None),
        ({"emails": [{"address": "a@b.example", "type": "Professional"}]}, "a@b.example"),
        (
            {
                "emails": [
                    {"address": "old@b.example", "type": "professional"},
                    {"address": "new@b.example", "type": "current_professional"},
                ]
            },
            "new@b.example",
        ),
        ({"work_email": "nothing", "emails": [None, 5, {"type": "professional"}]}, None),
        ({}, None),
    ],
)
def test_the_address_at_work_is_taken_and_no_private_one(given_: Any, email: str | None) -> None:
    assert person({"id": "x", **given_}, emails=True).email == email
    assert person({"id": "x", **given_}, emails=False).email is None


async def test_a_plan_without_contact_data_says_only_that_there_is_some(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    fake_pdl.records.contact_flags = True
    for number in (0, 1):
        found = await looked_up(provider, by_slug(number), emails=True)
        assert found.email is None
        assert found.name


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from([*FIELDS, PROFILES, *EMAILS])


@given(st.dictionaries(NAMES, JUNK))
def test_any_record_becomes_a_person(junk: dict[str, Any]) -> None:
    found = person(junk, emails=True)
    if found.linkedin_url is not None:
        parse_profile(found.linkedin_url)
    assert all(each == each.lower() for each in slugs(junk))


async def test_a_short_search_asks_for_no_more_than_it_may_take(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    page = await provider.search(SOFTWARE, None, 7)
    assert (len(page.items), page.total) == (7, 20)
    assert body(fake_pdl)["size"] == 7
    assert fake_pdl.credits() == {"search": 7}


async def test_a_walk_ends_with_the_last_record_and_asks_no_more(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    pages = await all_pages(provider, SOFTWARE, 10)
    assert len(pages) == fake_pdl.stats.calls["search"] == 2


@pytest.mark.parametrize("fault", ["no-total", "last-token", "total"])
async def test_a_walk_ends_whatever_the_last_page_says(
    provider: Provider, fake_pdl: FakePeopleDataLabs, fault: str
) -> None:
    fake_pdl.control.next(*[fault] * 10)
    pages = await all_pages(provider, SOFTWARE, 9)
    assert ids(pages) == [own_id(number) for number in range(0, 60, 3)]
    assert fake_pdl.credits() == {"search": 20}
    # A 404 behind the last page costs nothing, and says how many there were.
    assert pages[-1][1].total in {20, 70, None}


async def test_an_empty_page_is_the_end(provider: Provider, fake_pdl: FakePeopleDataLabs) -> None:
    first = await provider.search(SOFTWARE, None, 5)
    fake_pdl.control.next("empty")
    assert (await provider.search(SOFTWARE, first.cursor, 5)).cursor is None


async def test_a_page_that_comes_again_is_not_paid_for_for_ever(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    first = await provider.search(SOFTWARE, None, 5)
    fake_pdl.control.next("twice")
    with pytest.raises(Broken, match="same page") as caught:
        await provider.search(SOFTWARE, first.cursor, 5)
    assert not caught.value.again
    assert not caught.value.unspent


async def test_a_cursor_belongs_to_its_search(provider: Provider) -> None:
    first = await provider.search(SOFTWARE, None, 5)
    with pytest.raises(Broken, match="position") as caught:
        await provider.search(NURSES, first.cursor, 5)
    assert caught.value.unspent


async def test_what_is_no_record_is_left_out(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    fake_pdl.control.next("odd")
    assert len((await provider.search(SOFTWARE, None, 5)).items) == 5


async def test_nobody_is_explained(provider: Provider, fake_pdl: FakePeopleDataLabs) -> None:
    page = await provider.search(SearchUrl(f"{PEOPLE}company=Nowhere", "classic"), None, 5)
    assert (page.items, page.cursor, page.total) == ([], None, 0)
    assert "whole names" in page.notes[-1]
    assert fake_pdl.credits() == {}


async def test_notes_come_with_every_page(provider: Provider) -> None:
    query = SearchUrl(f"{PEOPLE}title=nurse&network=%5B%22F%22%5D", "classic")
    for _, page in await all_pages(provider, query, 5):
        assert any("network (F)" in note for note in page.notes)


async def test_a_search_for_everybody_is_refused_without_a_request(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    query = SearchUrl(f"{PEOPLE}network=%5B%22F%22%5D", "classic")
    with pytest.raises(UserError, match=r"everybody.*network \(F\)"):
        await provider.search(query, None, 5)
    assert not fake_pdl.stats.calls


@pytest.mark.parametrize("query", [SavedSearch("1"), LeadList("1"), Commenters("activity", "1")])
async def test_what_it_has_not_is_refused_by_name(provider: Provider, query: Any) -> None:
    with pytest.raises(NotAllowed, match="People Data Labs has no"):
        await ask(provider, query, None, 5)


async def test_a_batch_is_one_request_and_everybody_is_paid_for_once(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    people = [by_slug(4), Profile("in", "nobody"), by_slug(5), by_slug(4), by_id(6)]
    found = await provider.look_up(people, emails=False)
    assert [each.person and each.person.provider_id for each in found] == [
        *(own_id(4), None, own_id(5)),
        *(own_id(4), None),
    ]
    assert [bool(each.reason) for each in found] == [False, True, False, False, True]
    assert "public address" in (found[-1].reason or "")
    assert fake_pdl.stats.calls == {"bulk": 1}
    assert len(body(fake_pdl)["requests"]) == 3
    assert fake_pdl.credits() == {"enrich": 2}


async def test_people_who_can_only_be_asked_by_id_cost_no_request(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    found = await provider.look_up([by_id(6), by_id(7, "sales")], emails=True)
    assert all(each.person is None and each.reason for each in found)
    assert not fake_pdl.stats.calls


async def test_answers_are_told_apart_by_what_was_sent_along(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    fake_pdl.control.next("shuffled")
    found = await provider.look_up([by_slug(4), by_slug(5), by_slug(6)], emails=False)
    assert [each.person.provider_id for each in found if each.person] == [
        own_id(number) for number in (4, 5, 6)
    ]


@pytest.mark.parametrize("fault", ["no-metadata", "short", "object", "array"])
async def test_answers_that_cannot_be_told_apart_are_not_used(
    provider: Provider, fake_pdl: FakePeopleDataLabs, fault: str
) -> None:
    fake_pdl.control.next(fault)
    with pytest.raises(Broken, match="not as documented"):
        await provider.look_up([by_slug(4), by_slug(5)], emails=False)


async def test_somebody_else_is_not_taken(provider: Provider, fake_pdl: FakePeopleDataLabs) -> None:
    fake_pdl.control.next("somebody-else")
    (found,) = await provider.look_up([by_slug(7)], emails=False)
    assert found.person is None
    assert "another profile address" in (found.reason or "")


async def test_a_former_address_leads_to_the_same_person(provider: Provider) -> None:
    found = await looked_up(provider, Profile("in", "formerly-7"))
    assert (found.provider_id, found.public_identifier) == (own_id(7), "person-7")


async def test_one_that_failed_alone_has_a_reason_and_the_others_are_kept(
    provider: Provider, fake_pdl: FakePeopleDataLabs
) -> None:
    fake_pdl.control.next("one-500")
    first, second = await provider.look_up([by_slug(4), by_slug(5)], emails=False)
    assert first.person is None
    assert first.refused
    assert "500" in (first.reason or "")
    assert second.person is not None
    fake_pdl.control.next("one-500")
    (alone,) = await provider.look_up([by_slug(4)], emails=False)
    assert alone.refused
