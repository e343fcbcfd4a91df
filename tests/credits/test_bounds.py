"""What a plan allows of a source: how many people a job may find, and how many it has to pay for."""

from __future__ import annotations

from typing import Any

import pytest

from houselist.credits.shapes import Plan, in_words, price
from houselist.credits.store import UNLIMITED
from houselist.jobs.limits import bounds_of
from houselist.jobs.source import Source
from houselist.providers.base import Commenters, LeadList, SavedSearch, SearchUrl

CLASSIC = SearchUrl("https://www.linkedin.com/search/results/people/?keywords=cto", "classic")
SALES = SearchUrl("https://www.linkedin.com/sales/search/people?query=x", "sales")


def source(wished: int | None = None, *, emails: bool = False, query: Any = CLASSIC) -> Source:
    return Source("linkedin_search", query, wished, emails)


def plan(cap: int | None = None, left: int | None = None) -> Plan:
    return Plan(cap, left is not None, left or 0)


def test_without_a_plan_a_job_does_as_it_was_asked() -> None:
    assert bounds_of(UNLIMITED, source(), 0) == (None, None, None)
    assert bounds_of(UNLIMITED, source(5_000), 0) == (5_000, None, None)


@pytest.mark.parametrize("type_", ["file_upload", "url_upload"])
def test_own_sources_have_all_their_rows_and_pay_for_each(type_: Any) -> None:
    own = Source(type_, None, 10, search_emails=False)
    assert bounds_of(UNLIMITED, own, 1_000_000) == (None, None, None)
    assert bounds_of(plan(100), own, 1_000_000) == (None, None, None)
    # Whether so many credits are left is looked at when they are set aside.
    assert bounds_of(plan(100, 5), own, 1_000_000) == (None, 1_000_000, None)
    assert bounds_of(plan(None, 0), own, 0) == (None, 0, None)


def test_a_plan_caps_what_is_asked_for_and_says_so() -> None:
    assert bounds_of(plan(1_000), source(999), 0) == (999, None, None)
    assert bounds_of(plan(1_000), source(1_000), 0) == (1_000, None, None)
    assert bounds_of(plan(1_000), source(2_000), 0) == (
        1_000,
        None,
        "The plan allows 1,000 of the 2,000 results asked for.",
    )
    assert bounds_of(plan(1_000), source(), 0) == (1_000, None, "The plan allows 1,000 results.")


def test_what_is_asked_for_is_paid_for_in_full() -> None:
    assert bounds_of(plan(None, 5), source(300), 0) == (300, 300, None)
    capped = "The plan allows 100 of the 300 results asked for."
    assert bounds_of(plan(100, 5), source(300), 0) == (100, 100, capped)


@pytest.mark.parametrize(
    ("query", "most"),
    [
        (CLASSIC, 1_000),
        (SALES, 2_500),
        (SavedSearch("1"), 2_500),
        (LeadList("1"), 2_500),
        (Commenters("activity", "1"), 2_500),
    ],
)
def test_without_max_results_it_is_what_the_source_can_hold(query: Any, most: int) -> None:
    bounds = bounds_of(plan(None, 1_000_000), source(query=query), 0)
    words = f"Without maxResults no more than {most:,} people are added."
    assert bounds == (None, most, words)


def test_without_max_results_it_is_no_more_than_can_be_paid_for() -> None:
    words = "No more than {} people can be added with the credits left."
    assert bounds_of(plan(None, 50), source(), 0) == (None, 50, words.format(50))
    assert bounds_of(plan(None, 51), source(emails=True), 0) == (None, 25, words.format(25))
    found, added, told = bounds_of(plan(100, 50), source(), 0)
    assert (found, added) == (100, 50)
    assert told == f"The plan allows 100 results. {words.format(50)}"


def test_with_credits_for_all_that_the_plan_allows_nothing_more_is_said() -> None:
    assert bounds_of(plan(100, 100), source(), 0) == (100, 100, "The plan allows 100 results.")
    assert bounds_of(plan(100, 5_000), source(), 0) == (100, 100, "The plan allows 100 results.")


def test_with_no_credits_left_a_job_asks_for_one_to_be_refused() -> None:
    for credits_, emails in ((0, False), (0, True), (1, True)):
        assert bounds_of(plan(None, credits_), source(emails=emails), 0)[1] == 1


def test_prices_and_their_words() -> None:
    assert (price(search_emails=False), price(search_emails=True)) == (1, 2)
    assert [in_words(n) for n in (0, 1, 1_200)] == ["0 credits", "1 credit", "1,200 credits"]
