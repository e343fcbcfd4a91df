"""Addresses and providerIds that very many people share: no row may cost a look at all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.people import store
from houselist.people.fields import EMAIL, PROVIDER_ID, WIDTH
from houselist.people.ladder import MAX_ALIKE, identities_of
from support.jobs import csv, members, outcomes

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api

pytestmark = pytest.mark.usefixtures("worker")

IN = "https://www.linkedin.com/in/"


@pytest.mark.parametrize(("column", "index"), [("email", EMAIL), ("providerId", PROVIDER_ID)])
async def test_only_the_oldest_of_them_are_read(
    api: Api, pool: Pool, column: str, index: int
) -> None:
    shared = "office@shared.example"
    rows = [f"{IN}person-{number},{shared}" for number in range(MAX_ALIKE + 60)]
    job = await api.import_file(csv(f"linkedinUrl,{column}", *rows), "Placeholders")
    assert job["counts"]["added"] == MAX_ALIKE + 60
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(job["audienceId"])
    values = [shared if number == index else None for number in range(WIDTH)]
    async with pool.acquire() as connection:
        known = await store.get_known(connection, group, audience, b"", identities_of([values]))
    assert len(known) == MAX_ALIKE
    oldest = await members(api, job)
    assert [person.id.hex() for person in known] == [person["id"] for person in oldest[:MAX_ALIKE]]


async def test_a_row_with_nothing_else_is_the_oldest_of_them(api: Api) -> None:
    shared = "office@shared.example"
    rows = [f"{IN}person-{number},{shared}" for number in range(3)]
    job = await api.import_file(csv("linkedinUrl,email", *rows, f",{shared}"), "Placeholders")
    assert await outcomes(api, job) == ["added"] * 3 + ["duplicate"]
    found = await api.all_items(f"prospecting/{job['jobId']}/rows")
    assert found[3]["prospectId"] == found[0]["prospectId"]
