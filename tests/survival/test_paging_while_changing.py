"""A client pages through an audience while people join and leave: nobody who stays is missed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from houselist.ids import new_id
from support.service import data

if TYPE_CHECKING:
    import random

    from houselist.postgres.db import Pool
    from support.service import Api

PEOPLE = 10_000
LIMIT = 100


class Crowd:
    """An audience whose members come and go by SQL, as a job and a removal would have it."""

    def __init__(self, pool: Pool, api: Api, audience_id: str, chance: random.Random) -> None:
        self._pool = pool
        self._group = bytes.fromhex(api.tenant.account_group_id)
        self._audience = bytes.fromhex(audience_id)
        self._chance = chance
        self.members: list[str] = []
        self.left: set[str] = set()

    async def join(self, count: int) -> None:
        ids = [new_id() for _ in range(count)]
        async with self._pool.acquire() as connection, connection.transaction():
            first: Any = await connection.fetchval(
                """
                UPDATE audiences SET next_position = next_position + $3,
                    prospect_count = prospect_count + $3
                WHERE account_group_id = $1 AND id = $2 RETURNING next_position - $3
                """,
                self._group,
                self._audience,
                count,
            )
            await connection.execute(
                """
                INSERT INTO prospects (account_group_id, id, created_at)
                SELECT $1, id, now() FROM unnest($2::bytea[]) AS id
                """,
                self._group,
                ids,
            )
            await connection.execute(
                """
                INSERT INTO memberships
                SELECT $1, $2, $3 + n - 1, id, $2, now()
                FROM unnest($4::bytea[]) WITH ORDINALITY AS joined (id, n)
                """,
                self._group,
                self._audience,
                first,
                ids,
            )
        self.members += [id_.hex() for id_ in ids]

    async def leave(self, *ids: str) -> None:
        await self._pool.execute(
            """
            WITH gone AS (
                DELETE FROM memberships
                WHERE account_group_id = $1 AND audience_id = $2 AND prospect_id = ANY($3::bytea[])
                RETURNING 1
            )
            UPDATE audiences SET prospect_count = prospect_count - (SELECT count(*) FROM gone)
            WHERE account_group_id = $1 AND id = $2
            """,
            self._group,
            self._audience,
            [bytes.fromhex(id_) for id_ in ids],
        )
        self.left.update(ids)

    async def change(self, shown: list[str]) -> None:
        """Some join; some of everywhere leave, and mostly the very row that the cursor names."""
        await self.join(self._chance.randrange(5))
        going = self._chance.sample(self.members, 12)
        if self._chance.random() < 0.7:
            going.append(shown[-1])
        await self.leave(*going)


async def test_everybody_who_stays_is_seen_exactly_once(
    api: Api, pool: Pool, chance: random.Random
) -> None:
    audience = await api.make_audience()
    crowd = Crowd(pool, api, audience["id"], chance)
    await crowd.join(PEOPLE)
    started_with = list(crowd.members)
    seen: list[str] = []
    params: dict[str, Any] = {"limit": LIMIT}
    while True:
        page = data(await api.get(f"audiences/{audience['id']}/prospects", params=params))
        shown = [person["id"] for person in page["items"]]
        assert len(shown) == LIMIT or not page["hasMore"], "only the last page may be short"
        assert not crowd.left.intersection(shown), "whoever left before a page is not on it"
        seen += shown
        if page["nextCursor"] is None:
            break
        params["cursor"] = page["nextCursor"]
        await crowd.change(shown)
    assert len(crowd.left) > 1000
    assert len(crowd.members) > PEOPLE + 100
    times = Counter(seen)
    assert max(times.values()) == 1
    assert [id_ for id_ in started_with if id_ not in crowd.left and id_ not in times] == []
    assert [id_ for id_ in crowd.members if id_ in times] == seen, "in the order they joined"
    left = data(await api.get(f"audiences/{audience['id']}"))["prospectCount"]
    assert left == len(crowd.members) - len(crowd.left)
