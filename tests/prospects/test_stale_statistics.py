"""After a large change that PostgreSQL has not looked at, requests take about as long as after it has."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from houselist import config
from houselist.app import create_app
from houselist.members import store
from houselist.people.members_store import By
from houselist.postgres import db, statistics_store
from houselist.postgres.embedded import Server
from support.clock import PATIENCE
from support.databases import migrated_database
from support.prospects import join_many
from support.search import write_texts
from support.service import Service, data, make_tenant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from support.service import Api

# So many that going through all of them for each of them takes seconds.
PEOPLE, FEW, BULK = 16_000, 500, 4_000
INLINE = 1_000
# How much longer a request may take, and seconds that do not matter on a busy machine: plans that go
# wrong take more than the two seconds that a request has.
TIMES, SLACK = 8, 1.0
FILTERS = ("q=person", "q=person+77", "title=cto", "hasEmail=true", "q=nobody", "company=acme+1")


@pytest.fixture(scope="module")
def unanalyzed() -> Iterator[str]:
    """A server that analyzes nothing by itself."""
    path = Path(tempfile.mkdtemp(prefix="houselist-stale-"))
    path.chmod(0o711)
    settings = {"fsync": "off", "autovacuum": "off"}
    with Server.open(path / "data", settings=settings) as server:
        yield server.dsn
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
async def dsn(unanalyzed: str) -> AsyncIterator[str]:
    async with migrated_database(unanalyzed, "stale") as dsn:
        yield dsn


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[db.Pool]:
    async with db.make_pool(dsn) as pool:
        yield pool


@pytest.fixture
async def service(dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    # What takes too long is to be measured, not ended.
    monkeypatch.setattr(db, "DATABASE_TIMEOUT", 20.0)
    variables = {"RATE_LIMIT": "off", "REQUEST_TIMEOUT": "30", "EXPORT_TIMEOUT": "30"}
    settings = config.load({f"HOUSELIST_{name}": value for name, value in variables.items()})
    async with Service.running(create_app(settings, dsn)) as service:
        yield service


async def fill(pool: db.Pool, api: Api, count: int) -> tuple[str, list[str]]:
    """An audience of so many people, written for the search."""
    audience = (await api.make_audience("Large"))["id"]
    rows = await pool.fetch(
        """
        INSERT INTO prospects
            (account_group_id, id, provider_id, email, name, title, company_name, created_at)
        SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'p' || n,
               CASE WHEN n % 2 = 0 THEN 'p' || n || '@acme.example' END, 'Person ' || n * 7919 % $2,
               (ARRAY['CTO', 'Engineer', 'Designer'])[n % 3 + 1], 'Acme ' || n % 500, now()
        FROM generate_series(1, $2::int) n RETURNING id
        """,
        bytes.fromhex(api.tenant.account_group_id),
        count,
    )
    ids = [row[0].hex() for row in rows]
    await join_many(pool, api, audience, ids)
    await write_texts(pool, api)
    return audience, ids


async def requests(api: Api, audience: str, ids: list[str], number: int) -> dict[str, float]:
    """What each takes, in seconds. `number`: which time it is, for what can't be done twice."""
    took: dict[str, float] = {}
    path = f"audiences/{audience}/prospects"

    async def timed(name: str, ask: Callable[[], Awaitable[Any]], status: int = 200) -> None:
        started = time.perf_counter()
        response = await ask()
        took[name] = time.perf_counter() - started
        assert response.status_code == status, (name, response.text[:300])

    async def get(asked: str, moment: str = "") -> None:
        await timed(asked.replace(audience, "…"), lambda: api.get(asked + moment))

    async def post(name: str, asked: str, body: Any) -> None:
        await timed(name, lambda: api.post(asked, json=body))

    for where in (path, "prospects"):
        for sort in ("addedAt", "-addedAt", "name", "-company"):
            await get(f"{where}?sort={sort}&limit=100")
            await get(f"{where}?sort={sort}&limit=100&title=cto")
        for filters in FILTERS:
            await get(f"{where}?{filters}")
            await get(f"{where}/count?{filters}")
    for what in ("summary", "changes"):
        await get(f"audiences/{audience}/{what}")
    await get(f"prospects/{ids[-1]}/audiences")
    moment = data(await api.get(f"{path}?sort=-addedAt&limit=1"))["items"][0]["addedAt"]
    for more in ("", "&sort=name", "&title=cto"):
        await get(f"{path}?limit=50{more}&asOf=", moment)
    target = (await api.make_audience(f"Target {number}"))["id"]
    there, some = f"audiences/{target}/prospects", {"prospectIds": ids[-BULK:]}
    await post("add", there, some)
    await post("add again", there, some)
    await post("remove", f"{path}/remove", some)
    await post("add back", path, some)
    inline = [{"providerId": f"p{n}", "headline": str(number)} for n in range(1, INLINE)]
    await post("add people", there, {"prospects": inline})
    moved = {"targetAudienceId": target, "leadIds": ids[:BULK]}
    await post("move", f"audiences/{audience}/move-leads", moved)
    await post(
        "move back",
        f"audiences/{target}/move-leads",
        {"targetAudienceId": audience, "leadIds": ids[:BULK]},
    )
    matching = {"filters": {"title": "designer"}, "targetAudienceId": target, "limit": BULK}
    await post("copy matching", f"{path}/copy-matching", matching)
    await post("move matching", f"{path}/move-matching", matching)
    matching.pop("targetAudienceId")
    await post("remove matching", f"{there}/remove-matching", matching)
    people = {"filters": {"title": "designer"}, "targetAudienceId": audience}
    await post("copy everybody matching", "prospects/copy-matching", people)
    others = {"prospectIds": ids[BULK + 50 * number :][:50]}
    await post("merge", f"prospects/{ids[BULK]}/merge", others)
    return took


@pytest.mark.parametrize("known", [FEW, 0])
async def test_requests_take_as_long_as_with_statistics(
    service: Service, pool: db.Pool, known: int
) -> None:
    if known:
        # Then PostgreSQL knows of the other account group that it has nobody.
        async with service.client(await make_tenant(pool)) as api:
            await fill(pool, api, known)
        await pool.execute("ANALYZE")
    async with service.client(await make_tenant(pool)) as api:
        audience, ids = await fill(pool, api, PEOPLE)
        stale = await requests(api, audience, ids, 1)
        await write_texts(pool, api)
        await pool.execute("ANALYZE")
        fresh = await requests(api, audience, ids, 2)
    slow = {
        name: (round(seconds, 3), round(fresh[name], 3))
        for name, seconds in stale.items()
        if seconds > TIMES * fresh[name] + SLACK
    }
    assert slow == {}


@asynccontextmanager
async def plans(connection: db.Connection) -> AsyncIterator[list[str]]:
    """The plans of all statements, with how many rows they read."""
    found: list[str] = []
    await connection.execute(
        "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
        " SET auto_explain.log_analyze = on; SET client_min_messages = log"
    )

    def take(_: object, told: Any) -> None:
        found.append(told.message)

    connection.add_log_listener(take)
    try:
        yield found
        await connection.execute("SET auto_explain.log_min_duration = -1")
        await asyncio.sleep(0)
    finally:
        connection.remove_log_listener(take)


@pytest.mark.parametrize("groups", [0, 1_000])
@pytest.mark.parametrize(
    "which",
    [slice(None, None, 2), slice(None, BULK // 2)],
    ids=["every second one", "one after the other"],
)
async def test_nobody_is_compared_with_each_who_leaves(
    service: Service, pool: db.Pool, groups: int, which: slice
) -> None:
    # Then PostgreSQL knows of account groups with one member each.
    await pool.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
                                 seen_by_job_id, added_at)
        SELECT id, id, 1, id, id, now()
        FROM (SELECT decode('ff' || lpad(to_hex(n), 22, '0'), 'hex') FROM generate_series(1, $1) n) AS g (id)
        """,
        groups,
    )
    await pool.execute("ANALYZE memberships")
    async with service.client(await make_tenant(pool)) as api:
        audience, ids = await fill(pool, api, BULK)
        group = bytes.fromhex(api.tenant.account_group_id)
        by = By(key_id=api.tenant.key_id)
    some = [bytes.fromhex(each) for each in ids[which]]
    async with (
        pool.acquire() as connection,
        connection.transaction(),
        plans(connection) as found,
    ):
        (members,) = await store.lock_ready(connection, group, bytes.fromhex(audience))
        leaving = await store.get_positions(connection, members, some)
        await store.remove(connection, members, leaving.values(), by)
    assert len(some) == await pool.fetchval(
        "SELECT count(*) FROM left_members WHERE account_group_id = $1", group
    )
    large = [each for each in found if "memberships" in each]
    assert len(large) == 3
    assert [each for each in large if "Rows Removed" in each] == []


async def test_an_export_looks_first_whether_much_has_changed(
    service: Service, pool: db.Pool
) -> None:
    async with service.client(await make_tenant(pool)) as api:
        await fill(pool, api, FEW)
    await pool.execute("ANALYZE")
    async with service.client(await make_tenant(pool)) as api:
        audience, _ = await fill(pool, api, PEOPLE)
        # PostgreSQL counts changes about a second after they were made.
        await asyncio.sleep(1.5)
        response = await api.get(f"audiences/{audience}/export?format=csv")
    assert response.text.count("\n") == PEOPLE + 1


async def test_tables_are_analyzed_once_after_a_large_change(
    service: Service, pool: db.Pool
) -> None:
    await pool.execute("ANALYZE")
    async with service.client(await make_tenant(pool)) as api:
        await fill(pool, api, PEOPLE)
    async with db.acquire(pool) as connection, asyncio.timeout(PATIENCE):
        found: set[str] = set()
        while not found >= {"prospects", "memberships", "search_texts"}:
            found.update(await statistics_store.refresh(connection))
            await asyncio.sleep(0.1)
        # Each connection tells what it wrote when it comes to it, also after tables were analyzed.
        while await statistics_store.refresh(connection):
            await asyncio.sleep(0.1)
