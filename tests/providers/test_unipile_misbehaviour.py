"""A Unipile that behaves badly loses nobody, and ends no walk too late."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec
import pytest

from fakes.unipile.world import by_id, by_slug, search_url, token
from houselist.providers.base import (
    Broken,
    Commenters,
    LeadList,
    ProviderError,
    SavedSearch,
    SearchUrl,
    UserError,
    ask,
)
from houselist.providers.unipile import open_account
from providers.contract import MOST_PAGES, all_pages, ids, looked_up

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from houselist.providers.base import Provider, ProviderQuery
    from houselist.providers.wire import Client

Version = Literal["v1", "v2"]
CLASSIC = SearchUrl(search_url(0, 40), "classic")
POST = Commenters("activity", "7100000000000000001")
SOURCES: list[tuple[ProviderQuery, str, int, int]] = [
    (CLASSIC, "classic", 0, 40),
    (SearchUrl(search_url(0, 40, "sales"), "sales"), "sales", 0, 40),
    (SearchUrl(search_url(0, 40, "recruiter"), "recruiter"), "recruiter", 0, 40),
    (SavedSearch("501"), "sales", 0, 30),
    (LeadList("901"), "sales", 10, 31),
]


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> Version:
    return request.param


@pytest.fixture
def provider(client: Client, fake: FakeUnipile, version: Version) -> Provider:
    return open_account(client, base_url=fake.url, account_id="acc_1", key="k", api_version=version)


async def walk(provider: Provider, query: ProviderQuery, most: int) -> tuple[set[str | None], int]:
    """Everybody, asking again whatever may be asked again; and how many calls that took."""
    cursor, found, calls = None, set(), 0
    while calls < MOST_PAGES:
        calls += 1
        try:
            page = await ask(provider, query, cursor, most)
        except ProviderError as error:
            if getattr(error, "again", True):
                continue
            raise
        found.update(person.provider_id for person in page.items)
        cursor = page.cursor
        if cursor is None:
            return found, calls
    pytest.fail("the walk does not end")


@pytest.mark.parametrize("fault", ["twice", "empty", "total"])
@pytest.mark.parametrize("at", [1, 2, 4])
async def test_a_page_that_comes_twice_or_empty_loses_nobody(
    provider: Provider, fake: FakeUnipile, fault: str, at: int
) -> None:
    for query, product, first, last in SOURCES:
        fake.control.next(*["fine"] * (at - 1), fault)
        pages = await all_pages(provider, query, 7)
        assert set(ids(pages)) == {token(index, product) for index in range(first, last)}
        fake.control.plan.clear()


async def test_an_empty_page_in_between_has_a_cursor(provider: Provider, fake: FakeUnipile) -> None:
    fake.control.next("empty")
    page = await provider.search(CLASSIC, None, 10)
    assert page.items == []
    assert page.cursor is not None
    assert len((await provider.search(CLASSIC, page.cursor, 10)).items) == 10


async def test_a_total_may_change_from_page_to_page(provider: Provider, fake: FakeUnipile) -> None:
    fake.control.next("fine", "total")
    totals = [page.total for _, page in await all_pages(provider, CLASSIC, 10)]
    assert totals[:3] == [40, 47, 40]


async def test_a_source_that_holds_less_than_it_says_ends_with_a_note(
    provider: Provider, fake: FakeUnipile
) -> None:
    fake.control.next(*["total"] * 50)
    pages = await all_pages(provider, CLASSIC, 10)
    assert len(ids(pages)) == 40
    assert len(pages) <= 8
    (note,) = pages[-1][1].notes
    assert re.fullmatch(
        r"Unipile sent 40 people of the \d+ it counts, and nobody after them\.", note
    )


async def test_a_search_that_pages_by_cursor_ends_with_its_cursor_whatever_the_total(
    provider: Provider, fake: FakeUnipile
) -> None:
    fake.control.next("total")
    query = SearchUrl(search_url(0, 5, "recruiter"), "recruiter")
    assert len(await all_pages(provider, query, 10)) == 1


async def test_a_profile_comes_with_about_and_position(provider: Provider) -> None:
    for who in (by_slug(3), by_id(3), by_id(3, "sales"), by_id(3, "recruiter")):
        person = await looked_up(provider, who)
        assert person.about == "Dmitri has been in the trade for 4 years.\nAsk away."
        assert (person.title, person.company_name) == ("Founder", "Company 3")


async def test_a_walk_in_a_circle_ends(
    provider: Provider, fake: FakeUnipile, version: Version
) -> None:
    query = SearchUrl(search_url(0, 40, "recruiter"), "recruiter")
    fake.control.next("fine", *["twice"] * 100)
    with pytest.raises(Broken, match="again and again") as caught:
        await all_pages(provider, query, 10)
    assert not caught.value.again
    assert fake.stats.calls["search"] < 30


async def test_what_counts_nothing_ends_with_the_page_that_is_refused_behind_it(
    client: Client, fake: FakeUnipile
) -> None:
    """Version 2 need not say how many there are, and then refuses an offset behind the last."""
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version="v2"
    )
    commenters = Counter(ids(await all_pages(provider, POST, 100)))
    fake.control.bare = True
    for most in (7, 10, 100):
        for query, product, first, last in SOURCES:
            pages = await all_pages(provider, query, most)
            assert ids(pages) == [token(index, product) for index in range(first, last)]
            assert pages[-1][1].notes == ()
        assert Counter(ids(await all_pages(provider, POST, most))) == commenters
    # The first page has nothing before it, so a refusal of it is one of the search.
    fake.control.next("400")
    with pytest.raises(UserError):
        await provider.search(CLASSIC, None, 10)
    # What is no 400 is never the end.
    cursor = (await provider.search(CLASSIC, None, 10)).cursor
    for fault in ("gone", "no-permission", "key", "429", "500", "proxy", "quota"):
        fake.control.next(fault)
        with pytest.raises(ProviderError):
            await provider.search(CLASSIC, cursor, 10)


async def test_a_search_that_linkedin_cuts_short_ends_with_a_note(
    client: Client, fake: FakeUnipile
) -> None:
    """It shows 1,000 people at most, of any number."""
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version="v2"
    )
    fake.control.next("fine", "fine", "400")
    pages = await all_pages(provider, CLASSIC, 10)
    assert len(ids(pages)) == 20
    assert pages[-1][1].notes == (
        "Unipile sent 20 people of the 40 it counts, and nobody after them.",
    )


async def test_a_page_that_unipile_finds_too_large_is_asked_for_again_with_less(
    provider: Provider, fake: FakeUnipile
) -> None:
    fake.control.largest = 13
    for query, product, first, last in SOURCES:
        pages = await all_pages(provider, query, 50)
        assert ids(pages) == [token(index, product) for index in range(first, last)]
        asked = [request.one("limit") for request in fake.stats.requests]
        # Each call of the port is one there; the size that is borne is kept.
        assert asked == ["50", "25", *["12"] * (len(pages) - 2)]
        assert [len(page.items) for _, page in pages[:2]] == [0, 0]
        for cursor, _ in pages[2:]:
            assert provider.page_sizes(query, cursor).largest == 12
        fake.stats.reset()
    assert len(ids(await all_pages(provider, POST, 50))) == 20
    too_large = [each for each in fake.stats.requests if each.one("limit") in {"50", "25"}]
    assert len(too_large) == 2, "the replies begin with what the comments came to"
    fake.control.largest = 0
    with pytest.raises(UserError, match="Limit too high"):
        await all_pages(provider, CLASSIC, 50)


async def test_beside_a_cursor_stands_what_the_pages_have_there(
    client: Client, fake: FakeUnipile
) -> None:
    """Version 1: the cursor is a body of its own, which holds the search and its size of page."""
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version="v1"
    )
    for query in (CLASSIC, SavedSearch("501"), LeadList("901")):
        fake.stats.reset()
        first = await ask(provider, query, None, 9)
        sizes = provider.page_sizes(query, first.cursor)
        assert sizes == (9, 9)
        # Whatever else is asked for: another size would be another search.
        second = await ask(provider, query, first.cursor, 4)
        assert len(second.items) == 9
        _, request = fake.stats.requests
        assert request.query == {"account_id": ["acc_1"], "limit": ["9"]}
        assert msgspec.json.decode(request.body).keys() == {"cursor"}


@pytest.mark.parametrize("fault", ["html", "array", "latin", "truncated", "huge", "packed"])
async def test_nonsense_is_no_answer(provider: Provider, fake: FakeUnipile, fault: str) -> None:
    for call in (
        lambda: provider.search(CLASSIC, None, 10),
        lambda: provider.look_up([by_slug(3)], emails=True),
        lambda: provider.commenters(POST, None, 10),
        provider.check,
    ):
        fake.control.next(fault)
        with pytest.raises(Broken) as caught:
            await call()
        assert caught.value.again is (fault == "truncated")
        assert (caught.value.unspent, caught.value.undelivered) == (False, True)
        await call()


@pytest.mark.parametrize("fault", ["cut", "drop", "500", "503", "429", "429-seconds"])
async def test_what_passes_is_asked_again_and_the_walk_goes_on(
    provider: Provider, fake: FakeUnipile, fault: str
) -> None:
    fake.control.next("fine", fault, "fine", fault)
    found, calls = await walk(provider, CLASSIC, 10)
    assert len(found) == 40
    assert calls == 6


async def test_a_page_that_takes_too_long_is_asked_for_again(
    hasty: Client, fake: FakeUnipile, version: Version
) -> None:
    provider = open_account(hasty, base_url=fake.url, account_id="a", key="k", api_version=version)
    fake.control.next("fine", "slow")
    found, _ = await walk(provider, CLASSIC, 10)
    assert len(found) == 40


@pytest.mark.parametrize("at", [0, 1, 2, 3])
async def test_a_slash_in_the_way_changes_nothing(
    provider: Provider, fake: FakeUnipile, at: int
) -> None:
    # Followed, a redirect is a request of its own to the server.
    fake.control.next(*["fine"] * at, "slash")
    assert len(ids(await all_pages(provider, CLASSIC, 10))) == 40
    assert fake.stats.faults["slash"] == 1


async def test_odd_items_are_read_as_far_as_they_go(provider: Provider, fake: FakeUnipile) -> None:
    for query in (CLASSIC, SavedSearch("501")):
        fake.control.next("odd")
        page = await ask(provider, query, None, 10)
        # What is no object is left out; of the others what can be read is kept.
        assert [person.name for person in page.items] == [None, None, "ab", "cut"]
        assert page.items[-1].public_identifier == "cut-short"
    fake.control.next("odd", kind="comments")
    opened = await provider.commenters(POST, None, 10)
    people = (await provider.commenters(POST, opened.cursor, 10)).items
    assert people
    assert all(person.provider_id is None or person.provider_id.isprintable() for person in people)


async def test_commenters_are_found_again_after_a_stop_at_any_page(
    provider: Provider, fake: FakeUnipile
) -> None:
    """Each page is asked for by another provider object that knows the cursor alone."""
    whole = ids(await all_pages(provider, POST, 2))
    cursor, found = None, []
    while True:
        again = open_account(
            provider._account.client,
            base_url=fake.url,
            account_id="acc_1",
            key="k",
            api_version="v1" if type(provider).__name__ == "V1" else "v2",
        )
        await ask(again, POST, cursor, 2)  # it was killed before this page was written
        page = await ask(again, POST, cursor, 2)
        found += [person.provider_id for person in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == whole
    assert len(whole) == 20


async def test_companies_are_no_commenters(provider: Provider, fake: FakeUnipile) -> None:
    comments = fake.world.comments("7100000000000000001")
    assert sum(each.author is None for each in comments) == 2
    people = [person for _, page in await all_pages(provider, POST, 100) for person in page.items]
    assert len(people) == 20
    assert all(person.name and person.name != "Acme" for person in people)
    assert {person.provider_id for person in people} <= {token(index) for index in range(60)}


async def test_each_call_of_the_port_is_one_call_there(
    provider: Provider, fake: FakeUnipile
) -> None:
    """Else attempts could not be counted."""
    calls = 0
    for query in (CLASSIC, SavedSearch("501"), LeadList("901"), POST):
        calls += len(await all_pages(provider, query, 9))
    await provider.look_up([by_slug(1)], emails=True)
    await provider.check()
    assert sum(fake.stats.calls.values()) == calls + 2


async def test_pages_are_as_large_as_unipile_bears(provider: Provider, fake: FakeUnipile) -> None:
    sizes = {"classic": 50, "sales": 100, "recruiter": 100}
    for product, size in sizes.items():
        query = SearchUrl(search_url(0, 60, product), product)
        assert provider.page_sizes(query, None) == (1, size)
        page = await provider.search(query, None, 10_000)
        assert len(page.items) == min(60, size)
    assert provider.page_sizes(POST, None) == (1, 100)


async def test_the_address_of_a_long_search_does_not_make_the_url_too_long(
    client: Client, fake: FakeUnipile
) -> None:
    """A cursor of v1 holds the whole search."""
    provider = open_account(
        client, base_url=fake.url, account_id="acc_1", key="k", api_version="v1"
    )
    long = SearchUrl(search_url(0, 40, "sales") + "&filters=" + "x" * 15_000, "sales")
    assert len(ids(await all_pages(provider, long, 9))) == 40
    assert max(len(each.headers[":target"]) for each in fake.stats.requests) < 8_000


async def test_chaos_loses_nobody(provider: Provider, fake: FakeUnipile) -> None:
    for seed in range(3):
        fake.control.cause(seed, 0.3)
        for query, product, first, last in SOURCES:
            found, _ = await walk(provider, query, 5)
            assert found == {token(index, product) for index in range(first, last)}
        found, _ = await walk(provider, POST, 3)
        assert len(found) == 12
    assert len(fake.stats.faults) > 8


async def test_calls_for_many_accounts_run_at_once(
    client: Client, fake: FakeUnipile, version: Version
) -> None:
    fake.control.delay = 0.05
    accounts = [
        open_account(
            client, base_url=fake.url, account_id=f"acc_{n}", key=f"key-{n}", api_version=version
        )
        for n in range(40)
    ]
    pages = await asyncio.gather(*(each.search(CLASSIC, None, 10) for each in accounts))
    assert all(len(page.items) == 10 for page in pages)
    assert fake.stats.keys == {f"key-{n}" for n in range(40)}
    assert set(fake.stats.highest.values()) == {1}
