"""Unipile, version 1 and 2, does what every provider must do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from fakes.unipile.world import by_id, by_slug, search_url, token
from houselist.linkedin import Profile
from houselist.providers.base import Commenters, LeadList, Named, SavedSearch, SearchUrl
from houselist.providers.unipile import open_account
from providers.contract import Case, ProviderContract

if TYPE_CHECKING:
    from fakes.unipile.server import FakeUnipile
    from fakes.unipile.world import World
    from houselist.providers.base import ProviderQuery
    from houselist.providers.wire import Client

POST = "7100000000000000001"


def sources(world: World) -> list[tuple[ProviderQuery, list[str]]]:
    def people(first: int, last: int, product: str) -> list[str]:
        return [token(index, product) for index in range(first, last)]

    comments = world.comments(POST)
    authors = [each.author for each in comments]
    authors += [reply.author for each in comments for reply in each.replies]
    return [
        (SearchUrl(search_url(0, 23), "classic"), people(0, 23, "classic")),
        (SearchUrl(search_url(5, 19, "sales"), "sales"), people(5, 19, "sales")),
        (SearchUrl(search_url(3, 17, "recruiter"), "recruiter"), people(3, 17, "recruiter")),
        (SearchUrl(search_url(9, 9), "classic"), []),
        (SavedSearch("501"), people(0, 30, "sales")),
        (LeadList("901"), people(10, 31, "sales")),
        (LeadList("902"), []),
        (Commenters("activity", POST), [token(each) for each in authors if each is not None]),
        (Commenters("share", "7100000000000000002"), []),
        (Commenters("ugcPost", "7100000000000000003"), people(0, 3, "classic")),
    ]


def case(fake: FakeUnipile, client: Client, version: Literal["v1", "v2"], base_url: str) -> Case:
    return Case(
        provider=open_account(
            client, base_url=base_url, account_id="acc_1", key="a-key", api_version=version
        ),
        sources=sources(fake.world),
        missing=[SavedSearch("404"), LeadList("404"), Commenters("share", "7100000000000000404")],
        people=[
            (by_slug(4), token(4)),
            (by_slug(5), token(5)),
            (by_id(6), token(6)),
            (by_id(8, "sales"), token(8, "sales")),
            (by_id(9, "recruiter"), token(9, "recruiter")),
        ],
        nobody=[Profile("in", "nobody"), by_id(100_000), by_id(100_000, "sales")],
        saved_searches=[Named("501", "Buyers"), Named("502", "Café")],
        lead_lists=[Named("901", "Fair 2026"), Named("902", "Empty")],
    )


class TestVersion1(ProviderContract):
    @pytest.fixture
    async def case(self, fake: FakeUnipile, client: Client) -> Case:
        return case(fake, client, "v1", fake.url)


class TestVersion2(ProviderContract):
    @pytest.fixture
    async def case(self, fake: FakeUnipile, client: Client) -> Case:
        return case(fake, client, "v2", f"{fake.url}/v2")
