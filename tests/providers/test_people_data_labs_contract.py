"""People Data Labs does what every provider must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes.people_data_labs.world import own_id
from fakes.unipile.world import by_id, by_slug
from houselist.linkedin import Profile
from houselist.providers.base import SearchUrl
from houselist.providers.people_data_labs import open_account
from providers.contract import Case, ProviderContract

if TYPE_CHECKING:
    from fakes.people_data_labs.server import FakePeopleDataLabs
    from houselist.providers.wire import Client

CLASSIC = "https://www.linkedin.com/search/results/people/?"
SALES = "https://www.linkedin.com/sales/search/people?query="


class TestPeopleDataLabs(ProviderContract):
    @pytest.fixture
    async def case(self, fake_pdl: FakePeopleDataLabs, client: Client) -> Case:
        denver = "(filters:List((type:REGION,values:List((text:Denver,selectionType:INCLUDED)))))"
        return Case(
            provider=open_account(
                client, base_url=fake_pdl.url, account_id="", key="a-key", api_version="v5"
            ),
            sources=[
                (SearchUrl(f"{CLASSIC}title=nurse", "classic"), ids(range(2, 60, 7))),
                (SearchUrl(f"{SALES}{denver}", "sales"), ids(range(0, 60, 4))),
                (SearchUrl(f"{CLASSIC}keywords=nobodysays", "classic"), []),
            ],
            missing=[],
            people=[(by_slug(4), own_id(4)), (by_slug(5), own_id(5)), (by_slug(6), own_id(6))],
            nobody=[Profile("in", "nobody"), by_slug(18), by_id(6), by_id(8, "sales")],
            saved_searches=[],
            lead_lists=[],
        )


def ids(numbers: range) -> list[str]:
    return [own_id(number) for number in numbers]
