"""What every provider must do: tests for a class of its own to inherit, with a `case` of its own.

    class TestMine(ProviderContract):
        @pytest.fixture
        async def case(self, ...) -> AsyncIterator[Case]:
            yield Case(...)

Only what holds for all of them; what a provider does besides is tested in its own file.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from houselist.linkedin import parse_profile
from houselist.providers.base import (
    BY_ANY,
    Broken,
    Commenters,
    Named,
    NotAtProvider,
    ProviderError,
    ask,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from houselist.linkedin import Profile
    from houselist.providers.base import Provider, ProviderPage, ProviderPerson, ProviderQuery

# No source of a case is so long that it takes more pages than this.
MOST_PAGES = 500


class Case(NamedTuple):
    """A provider, and what the world behind it holds. Keep it small: pages of 1 are asked too.

    `sources`: questions, each with the `provider_id`s it leads to, in order, one for each item;
    the order of commenters is not looked at, because it depends on the size of the pages.
    `missing`: questions of saved searches, lists or posts that are not there.
    `people`: who can be looked up, by slug and by id, with the `provider_id` that comes back.
    """

    provider: Provider
    sources: list[tuple[ProviderQuery, list[str]]]
    missing: list[ProviderQuery]
    people: list[tuple[Profile, str]]
    nobody: list[Profile]
    saved_searches: list[Named]
    lead_lists: list[Named]


async def all_pages(
    provider: Provider, query: ProviderQuery, most: int
) -> list[tuple[str | None, ProviderPage[ProviderPerson]]]:
    """Every page, each with the cursor it was asked with."""
    cursor, pages = None, []
    for _ in range(MOST_PAGES):
        page = await ask(provider, query, cursor, most)
        pages.append((cursor, page))
        cursor = page.cursor
        if cursor is None:
            return pages
    pytest.fail(f"{query} does not end")


async def all_named(ask_for: Callable[[str | None], Awaitable[ProviderPage[Named]]]) -> list[Named]:
    cursor, found = None, []
    for _ in range(MOST_PAGES):
        page = await ask_for(cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            return found
    pytest.fail("the list does not end")


async def looked_up(provider: Provider, who: Profile, *, emails: bool = False) -> ProviderPerson:
    """One person, who is there."""
    (found,) = await provider.look_up([who], emails=emails)
    assert found.person is not None, found
    return found.person


def ids(pages: list[tuple[str | None, ProviderPage[ProviderPerson]]]) -> list[str | None]:
    return [person.provider_id for _, page in pages for person in page.items]


class ProviderContract:
    """Inherit it as `Test…` and give it a fixture `case`."""

    @pytest.fixture
    async def case(self) -> Case:
        raise NotImplementedError

    def test_it_says_what_it_is(self, case: Case) -> None:
        provider = case.provider
        assert provider.name
        assert provider.concurrency >= 0
        assert provider.look_up_batch >= 1
        assert {query.__struct_config__.tag for query, _ in case.sources} == provider.sources
        assert all(budget.limit is None or budget.limit > 0 for budget in provider.budgets.values())
        assert all(budget.words for budget in provider.budgets.values())
        if provider.budgets:
            costs = {provider.cost(query).kind for query, _ in case.sources}
            assert costs | {provider.look_up_kind} <= set(provider.budgets)
            assert provider.list_kind is None or provider.list_kind in provider.budgets

    def test_the_case_is_worth_asking(self, case: Case) -> None:
        """The tests below walk over these lists, and would say nothing of an empty one."""
        assert case.sources
        assert max(len(expected) for _, expected in case.sources) > 7, "a second page"
        assert case.people
        assert case.nobody
        by_name = case.provider.list_kind is not None
        assert bool(case.saved_searches) == bool(case.lead_lists) == by_name
        assert bool(case.missing) == (case.provider.sources != {"searchUrl"})

    @pytest.mark.parametrize("most", [1, 7, None])
    async def test_pages_hold_everybody_once_and_in_order(
        self, case: Case, most: int | None
    ) -> None:
        for query, expected in case.sources:
            size = most or case.provider.page_sizes(query, None).largest
            pages = await all_pages(case.provider, query, size)
            if isinstance(query, Commenters):
                assert Counter(ids(pages)) == Counter(expected)
            else:
                assert ids(pages) == expected, query
            assert all(len(page.items) <= size for _, page in pages)

    async def test_a_page_asked_twice_is_the_same(self, case: Case) -> None:
        for query, _ in case.sources:
            for cursor, page in await all_pages(case.provider, query, 7):
                again = await ask(case.provider, query, cursor, 7)
                assert again.items == page.items, query
                # The cursors may differ in form, but must lead on to the same.
                if page.cursor is None or again.cursor is None:
                    assert page.cursor == again.cursor
                else:
                    left = await ask(case.provider, query, page.cursor, 7)
                    right = await ask(case.provider, query, again.cursor, 7)
                    assert left.items == right.items

    async def test_a_cursor_can_be_kept_in_a_text_column(self, case: Case) -> None:
        for query, _ in case.sources:
            for cursor, _ in await all_pages(case.provider, query, 7):
                if cursor is not None:
                    assert isinstance(cursor, str)
                    assert cursor.isprintable()
                    assert 0 < len(cursor) <= 262_144

    async def test_a_cursor_that_was_never_given_breaks_nothing(self, case: Case) -> None:
        for query, _ in case.sources:
            for cursor in ("", "nonsense", "é\x00", "W10", "e30", "bnVsbA", "9" * 5000):
                with pytest.raises(Broken) as caught:
                    await ask(case.provider, query, cursor, 7)
                assert not caught.value.again, "it would be asked again in vain"

    async def test_totals_are_plausible(self, case: Case) -> None:
        for query, expected in case.sources:
            for _, page in await all_pages(case.provider, query, 7):
                if page.total is not None:
                    assert type(page.total) is int
                    assert page.total >= len(page.items)
                    # A post's total may be of its comments without the replies.
                    if not isinstance(query, Commenters):
                        assert page.total == len(expected)

    async def test_everybody_has_an_identity_that_can_be_read(self, case: Case) -> None:
        for query, _ in case.sources:
            for _, page in await all_pages(case.provider, query, 7):
                for person in page.items:
                    assert person.provider_id or person.linkedin_url or person.email
                    if person.linkedin_url:
                        parse_profile(person.linkedin_url)

    async def test_what_is_not_there_is_not_found(self, case: Case) -> None:
        for query in case.missing:
            with pytest.raises(NotAtProvider) as caught:
                await ask(case.provider, query, None, 7)
            assert str(caught.value)
            assert caught.value.unspent

    async def test_a_profile_is_found_by_slug_and_by_id(self, case: Case) -> None:
        assert {who.kind for who, _ in case.people} >= case.provider.finds_by & {"in", "id"}
        for who, provider_id in case.people:
            person = await looked_up(case.provider, who)
            assert person.provider_id == provider_id
            assert person.linkedin_url is not None
            parse_profile(person.linkedin_url)

    async def test_an_email_comes_only_when_it_is_asked_for(self, case: Case) -> None:
        with_one = 0
        for who, _ in case.people:
            assert (await looked_up(case.provider, who)).email is None
            with_one += (await looked_up(case.provider, who, emails=True)).email is not None
        assert with_one > 0

    async def test_nobody_is_not_found(self, case: Case) -> None:
        for who in case.nobody:
            (found,) = await case.provider.look_up([who], emails=False)
            assert found.person is None
            assert found.reason

    async def test_whom_it_cannot_ask_for_has_a_reason(self, case: Case) -> None:
        kinds = BY_ANY - case.provider.finds_by
        others = [each for each in case.nobody if each.kind in kinds]
        assert bool(others) == bool(kinds)
        for found in await case.provider.look_up(others, emails=False) if others else []:
            assert found.person is None
            assert found.reason

    async def test_a_batch_comes_in_the_order_asked_for(self, case: Case) -> None:
        people = [*case.people, *((who, None) for who in case.nobody), *case.people]
        batch = people[: case.provider.look_up_batch]
        found = await case.provider.look_up([who for who, _ in batch], emails=False)
        ids_found = [each.person and each.person.provider_id for each in found]
        assert ids_found == [provider_id for _, provider_id in batch]

    async def test_saved_searches_and_lead_lists_come_whole(self, case: Case) -> None:
        assert await all_named(case.provider.saved_searches) == case.saved_searches
        assert await all_named(case.provider.lead_lists) == case.lead_lists
        for each in (*case.saved_searches, *case.lead_lists):
            assert each.id.isascii()
            assert each.id.isdigit()

    async def test_a_made_up_cursor_of_the_lists_breaks_nothing(self, case: Case) -> None:
        for ask_for in (case.provider.saved_searches, case.provider.lead_lists):
            with pytest.raises(ProviderError):
                await ask_for("nonsense")

    async def test_the_account_can_be_checked(self, case: Case) -> None:
        words = await case.provider.check()
        assert 0 < len(words) <= 300
        assert words.isprintable()
