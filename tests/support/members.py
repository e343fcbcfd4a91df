"""Who is in an audience, told twice: by its pages, and by all that has happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.service import data

if TYPE_CHECKING:
    from support.service import Api


async def ids(api: Api, audience_id: str) -> list[str]:
    """Who is in it, in order; its count is right."""
    found = await api.all_items(f"audiences/{audience_id}/prospects", limit=250)
    told = data(await api.get(f"audiences/{audience_id}"))
    assert told["prospectCount"] == len(found)
    return [person["id"] for person in found]


async def changes(api: Api, audience_id: str, cursor: str = "", limit: int = 250) -> Any:
    """All changes after a cursor, and the cursor after the last of them."""
    found: list[Any] = []
    while True:
        query = f"?limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        page = data(await api.get(f"audiences/{audience_id}/changes{query}"))
        found += page["items"]
        cursor = page["nextCursor"]
        if not page["hasMore"]:
            return found, cursor


def replay(found: list[Any], before: frozenset[str] = frozenset()) -> set[str]:
    """Who is in an audience after these changes, each of which must be possible."""
    there = set(before)
    for each in found:
        if each["change"] == "joined":
            assert each["prospectId"] not in there, each
            there.add(each["prospectId"])
        else:
            assert each["prospectId"] in there, each
            there.remove(each["prospectId"])
    return there


async def assert_replays(api: Api, audience_id: str) -> None:
    """All that has happened comes to what is there now."""
    found, _ = await changes(api, audience_id)
    assert replay(found) == set(await ids(api, audience_id))
