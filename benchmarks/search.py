"""First pages of searches among 1,000,000 people, against a read by primary key in the same run."""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import asyncpg

from benchmarks import load
from benchmarks.processes import serving
from houselist.people import counts_store
from houselist.people.store import lock_batches
from houselist.postgres import db
from houselist.search.indexing import Indexer

if TYPE_CHECKING:
    from benchmarks.dataset import DataSet

_RATE = "1000000/second"
# Requests of one case in a round: as many as these seconds hold.
_MOST_REQUESTS, _FEWEST_REQUESTS, _SECONDS = 200, 5, 4
# How many times a read by primary key the first page of a search may take.
_WANTED = 50
# Another audience of the same people: every thousandth of them.
_SMALL = (99_999_999).to_bytes(12, "big")

# Words that all have, that every n-th person has, and that the last tenth has.
_WORDS_SQL = """
    UPDATE prospects SET headline = headline || ' everyword'
        || CASE WHEN n % 100 = 0 THEN ' percentword' ELSE '' END
        || CASE WHEN n % 1000 = 0 THEN ' permilleword' ELSE '' END
        || CASE WHEN n > 0.9 * $2::int THEN ' tenthword' ELSE '' END,
        company_name = 'Company ' || md5((n % 50000)::text),
        name = initcap(left(md5(n::text), 6)) || ' Stone', attributes = NULL,
        email = CASE WHEN n % 5000 = 0 THEN NULL ELSE email END
    FROM (SELECT id AS of, ('x' || encode(substr(id, 9, 4), 'hex'))::bit(32)::int AS n
          FROM prospects WHERE account_group_id = $1) AS numbered
    WHERE account_group_id = $1 AND id = numbered.of
"""
_SMALL_SQL = """
    WITH made AS (
        INSERT INTO audiences (account_group_id, id, name, name_key, type, created_at,
                               prospect_count, next_position)
        SELECT $1, $2, 'Small', 'small', 'on_demand', now(), count(*), 1000000000
        FROM memberships WHERE account_group_id = $1 AND position % 1000 = 0
    )
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT account_group_id, $2, position, prospect_id, seen_by_job_id, added_at FROM memberships
    WHERE account_group_id = $1 AND position % 1000 = 0
"""

_SEARCHES: dict[str, dict[str, str]] = {
    "a word of everybody": {"q": "everyword"},
    "a word of 1 %": {"q": "percentword"},
    "a word of 0.1 %": {"q": "permilleword"},
    "a word of the last tenth": {"q": "tenthword"},
    "a word of nobody": {"q": "nobodyword"},
    "one letter": {"q": "a"},
    "two words": {"q": "percentword stone"},
    "a part of companies": {"company": "ompany 0c"},
    "a part of few companies": {"company": "0c7f"},
    "a part of no company": {"company": "zzzz"},
    "without e-mail": {"hasEmail": "false"},
    "added later than everybody": {"addedAfter": "2100-01-01T00:00:00Z"},
    "by name": {"sort": "name"},
    "by company, backwards": {"sort": "-company"},
    "a word of 1 % by name": {"q": "percentword", "sort": "name"},
    "a word of 0.1 % by name": {"q": "permilleword", "sort": "name"},
}


async def measure(dsn: str, data: DataSet, prospects: int, rounds: int) -> dict[str, Any]:
    """Medians over the rounds, in milliseconds, and what the index of texts took."""
    written = await prepare(dsn, data, prospects)
    base = f"/v1/accounts/{data.group}"
    places = {
        "audience": f"{base}/audiences/{data.audience}/prospects",
        "small audience": f"{base}/audiences/{_SMALL.hex()}/prospects",
        "everybody": f"{base}/prospects",
    }
    cases = {"primary key": f"{base}/audiences/{data.audience}", "page": places["audience"]}
    for place, path in places.items():
        for name, params in _SEARCHES.items():
            cases[f"{name}, {place}"] = f"{path}?{urlencode(params)}"
            if place == "audience" and "sort" not in params:
                cases[f"{name}, counted"] = f"{path}/count?{urlencode(params)}"
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    with serving("houselist.app:from_environment", dsn, HOUSELIST_RATE_LIMIT=_RATE) as (port, _):
        for number in range(rounds + 1):
            for name, path in cases.items():
                done = await _run_case(port, path, data.token)
                _say(f"round {number} of {rounds}: {name}, {len(done.latencies)} requests")
                # The first round warms up.
                if number:
                    found[name].append((done.quantile(0.5), done.quantile(0.99)))
    rows = [
        {
            "case": name,
            "p50Millis": statistics.median(each[0] for each in figures) * 1e3,
            "p99Millis": statistics.median(each[1] for each in figures) * 1e3,
        }
        for name, figures in found.items()
    ]
    return {
        "rounds": rounds,
        "requests": _MOST_REQUESTS,
        "people": prospects,
        **written,
        "rows": rows,
    }


async def _run_case(port: int, path: str, token: str) -> load.Load:
    once = await load.run(port, path, requests=1, connections=1, token=token)
    requests = min(_MOST_REQUESTS, max(_FEWEST_REQUESTS, int(_SECONDS / once.wall)))
    return await load.run(port, path, requests=requests, connections=1, token=token)


async def prepare(dsn: str, data: DataSet, prospects: int) -> dict[str, float]:
    """Gives the people words of all kinds, and has them written for the search."""
    group = bytes.fromhex(data.group)
    connection = await asyncpg.connect(dsn)
    try:
        _say("giving people words")
        await connection.execute(_WORDS_SQL, group, prospects)
        await connection.execute(_SMALL_SQL, group, _SMALL)
        # As a worker does after people were made by a process that does not count them.
        async with connection.transaction():
            await counts_store.count_anew(connection, group)
        _say("vacuuming")
        await connection.execute("VACUUM (FULL, ANALYZE) prospects")
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    _say("writing for the search")
    return {"writtenSeconds": await write_texts(dsn, group)}


def _say(what: str) -> None:
    """Where the run is, for who waits for it: the table comes at its end."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


async def write_texts(dsn: str, group: bytes) -> float:
    """Has everybody written for the search, as workers do after an import. Seconds that it took."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await lock_batches(connection, group)
        started = time.perf_counter()
        async with db.make_pool(dsn, command_timeout=60) as pool:
            indexer = Indexer(pool)
            while await indexer.run(group):
                pass
        seconds = time.perf_counter() - started
        await connection.execute("VACUUM ANALYZE search_texts, search_values")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return seconds


def show(figures: dict[str, Any]) -> None:
    rows = {row["case"]: row for row in figures["rows"]}
    key, page = rows["primary key"], rows["page"]
    print(
        f"\nsearch among {figures['people']:,} people  ({figures['rounds']} rounds of up"
        f" to {figures['requests']} requests), written in {figures['writtenSeconds']:.0f} s"
    )
    for name, row in rows.items():
        times = row["p99Millis"] / key["p99Millis"]
        sorted_ = row["p50Millis"] / page["p50Millis"]
        # Counts have no such bound, nor has a word of people who all come last.
        bound = "" if name.endswith("counted") or "last tenth" in name else " <= 50 "
        verdict = bound and ("reached" if times <= _WANTED else "SHORT")
        if name in ("by name, audience", "by company, backwards, audience", "by name, everybody"):
            verdict += f", {sorted_:.2f} of an unsorted page <= 2 " + (
                "reached" if sorted_ <= 2 else "SHORT"
            )
        print(
            f"  {name:42} p50 {row['p50Millis']:8.2f} ms, p99 {row['p99Millis']:8.2f} ms"
            f" ({times:6.1f}{bound}{verdict})"
        )
