"""What the history of an audience says of its members, against the members there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from houselist.postgres.db import Pool
    from support.service import Api


async def assert_numbers_add_up(pool: Pool, api: Api, audience_id: str) -> None:
    """Joins and leaves in the order of their numbers lead to the members, each number used once.

    Nobody joins who is a member, nobody leaves who is none, and the count, the numbers given out,
    the days and by whom people joined all say the same.
    """
    group, audience = bytes.fromhex(api.tenant.account_group_id), bytes.fromhex(audience_id)
    told = await pool.fetchrow(
        "SELECT prospect_count, next_position, coalesce(list_id, id) AS list_id FROM audiences"
        " WHERE account_group_id = $1 AND id = $2",
        group,
        audience,
    )
    members = await pool.fetch(
        "SELECT position, coalesce(joined_number, position) AS number, prospect_id, added_at"
        " FROM memberships WHERE account_group_id = $1 AND audience_id = $2 ORDER BY position",
        group,
        told["list_id"],
    )
    left = await pool.fetch(
        "SELECT joined_number, left_number, prospect_id FROM left_members"
        " WHERE account_group_id = $1 AND audience_id = $2",
        group,
        told["list_id"],
    )
    changes = [(row["number"], True, row["prospect_id"]) for row in members]
    changes += [(row["joined_number"], True, row["prospect_id"]) for row in left]
    changes += [(row["left_number"], False, row["prospect_id"]) for row in left]
    assert sorted(number for number, *_ in changes) == list(range(1, told["next_position"]))
    present: set[bytes] = set()
    for _, joins, prospect_id in sorted(changes):
        assert (prospect_id in present) != joins
        present ^= {prospect_id}
    assert present == {row["prospect_id"] for row in members}
    assert told["prospect_count"] == len(members)
    times = [row["added_at"] for row in members]
    assert times == sorted(times)
    joined, departed = await pool.fetchrow(
        "SELECT sum(joined), sum(departed) FROM audience_days"
        " WHERE account_group_id = $1 AND audience_id = $2",
        group,
        audience,
    )
    assert (joined or 0, departed or 0) == (len(members) + len(left), len(left))
    spans = await pool.fetch(
        "SELECT first_number, last_number FROM membership_spans"
        " WHERE account_group_id = $1 AND audience_id = $2",
        group,
        audience,
    )
    spanned = [n for row in spans for n in range(row["first_number"], row["last_number"] + 1)]
    assert sorted(spanned) == sorted(number for number, joins, _ in changes if joins)
