"""GET /v1/accounts/{accountGroupId}/audiences/{audienceId}: the page it all began with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support import data, error, problems

if TYPE_CHECKING:
    from support import Api


async def test_it_tells_the_seven_facts_and_no_more(api: Api) -> None:
    made = await api.make_audience("Avery Stone", description="Buyers we met")
    found = data(await api.get(f"audiences/{made['id']}"))
    assert found == made
    assert list(found) == ["id", "name", "type", "description", "folderId", "prospectCount", "createdAt"]
    assert found["prospectCount"] == 0


async def test_a_stranger_cannot_tell_it_exists(api: Api, stranger: Api) -> None:
    made = await api.make_audience()
    missing = error(await stranger.get(f"audiences/{'0' * 24}"), 404, "NOT_FOUND")
    assert error(await stranger.get(f"audiences/{made['id']}"), 404, "NOT_FOUND") == missing


async def test_a_malformed_id_is_named(api: Api) -> None:
    assert "audienceId" in problems(await api.get("audiences/507F1F77BCF86CD799439011"))
