"""GET …/prospects/count: exact up to 10,000, and always without filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.search import write_texts
from support.service import data

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api

MANY, MEMBERS = 10_000, 10_500
_PEOPLE = """
    INSERT INTO prospects (account_group_id, id, name, email, created_at)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'),
           'Everybody' || CASE WHEN n <= 10000 THEN ' most' ELSE '' END
           || CASE WHEN n > 10300 THEN ' late' ELSE '' END,
           CASE WHEN n % 2 = 0 THEN 'a@b.example' END, now()
    FROM generate_series(1, $2::int) n
"""
_MEMBERS = """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $2, n, decode(lpad(to_hex(n), 24, '0'), 'hex'), $2, now()
    FROM generate_series(1, $3::int) n
"""


async def _counted(api: Api, audience: str, params: dict[str, str]) -> Any:
    """The count; asked for again while it is refused because the machine is busy."""
    while True:
        response = await api.get(f"audiences/{audience}/prospects/count", params=params)
        if response.status_code != 409:
            return data(response)


@pytest.mark.parametrize("written", [False, True])
async def test_it_is_exact_as_far_as_anybody_counts(api: Api, pool: Pool, *, written: bool) -> None:
    made = await api.make_audience()
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(made["id"])
    await pool.execute(_PEOPLE, group, MEMBERS)
    await pool.execute(_MEMBERS, group, audience, MEMBERS)
    await pool.execute(
        "UPDATE audiences SET prospect_count = $3::bigint, next_position = $3::bigint + 1"
        " WHERE account_group_id = $1 AND id = $2",
        group,
        audience,
        MEMBERS,
    )
    # As an import does: without statistics, plans are made for a few people.
    await pool.execute("ANALYZE prospects, memberships")
    if written:
        await write_texts(pool, api)
        await pool.execute("ANALYZE search_texts, search_values")
    for params, expected in (
        ({}, (MEMBERS, True)),
        ({"q": "everybody"}, (MANY, False)),
        ({"q": "most"}, (MANY, True)),
        ({"q": "late"}, (200, True)),
        ({"q": "nobody"}, (0, True)),
        ({"hasEmail": "true"}, (MEMBERS // 2, True)),
        ({"addedAfter": "2020-01-01T00:00:00Z"}, (MANY, False)),
        ({"addedBefore": "2020-01-01T00:00:00Z"}, (0, True)),
        ({"q": "late", "addedAfter": "2020-01-01T00:00:00Z"}, (200, True)),
    ):
        told = await _counted(api, made["id"], params)
        assert (told["count"], told["isExact"]) == expected, params
    # More people than are judged one by one: a page goes through them, and goes on to the last.
    found = await api.all_items(f"audiences/{made['id']}/prospects", q="late", limit=60)
    assert len({person["id"] for person in found}) == len(found) == 200
    if written:  # so many who are not may take longer to sort than a request may
        by_name = await api.all_items("prospects", q="late", sort="-name", limit=60)
        assert [person["id"] for person in by_name] == [person["id"] for person in found][::-1]
