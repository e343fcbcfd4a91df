"""Every statement that stands whole in a store, or that it puts together once and keeps, is run once.

It runs on one PostgreSQL, or on the cluster that tests are given.

On a cluster this shows what Citus can't run, and what it asks of more than one server.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg
import pytest

from houselist.migrations import cluster_store
from houselist.postgres.tables import SHARED
from rules.test_tenancy import FOR_ALL
from support.rules import SOURCE, UNKNOWN, room_of, stores, texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

    from asyncpg.prepared_stmt import PreparedStatement

    from houselist.postgres.db import Pool

BEGINS = re.compile(r"\s*(SELECT|INSERT INTO|DELETE FROM|UPDATE|WITH)\s+\w")
# What asks every server of a cluster although it is about one account group, and why.
ASK_ALL = {
    "directory._SEARCH": "what would tell the server would lead PostgreSQL to a far slower index",
    "directory._COUNT": "likewise",
}
# Stores whose statements can't run here: they need a cluster on which the tables move just now.
# tests/migrations/test_distributing.py runs them.
ELSEWHERE = {"migrations.cluster"}
# Parts of statements that could be some.
PARTS = {
    "people._WHO",
    "jobs.run.combined._AS_THEY_ARE",
    "jobs.run.combined._AS_WHO_THEY_ARE_NOW",
    "jobs.run.undo._FACTS",
    "prospects.export.CHOSEN",
}
# What the functions are told that put statements together and keep them.
_KINDS = [((kinds,), {}) for n in range(1, 5) for kinds in combinations(range(4), n)]
COMPOSED: dict[str, list[tuple[tuple[Any, ...], dict[str, bool]]]] = {
    "people._known_by": [(((),), {}), *_KINDS],
    "jobs.run.dry_run._find_by": _KINDS,
    "jobs.run.combined._add": [
        ((key,), {"others": others, "settled": settled, "first": first})
        for key in ("position", "joined_number")
        for others, settled, first in product((False, True), repeat=3)
    ],
}
# Any value of each type: what matters is whether the statement is understood and planned.
VALUES: dict[str, Any] = {
    "bytea": b"\1" * 12,
    "int2": 1,
    "int4": 1,
    "int8": 1,
    "text": "1",
    "bool": True,
    "float8": 1.0,
    "json": "{}",
    "jsonb": "{}",
    "timestamptz": datetime(2026, 1, 1, tzinfo=UTC),
    "date": date(2026, 1, 1),
    "interval": timedelta(days=1),
    "tsquery": "'a'",
    "tid": (0, 1),
}
# What the values may break: they name nobody.
BROKEN = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)


class Statement(NamedTuple):
    """A statement, and the function or name it stands in, after its room."""

    owner: str
    sql: str


def statements() -> Iterator[Statement]:
    """Those that are known without running the function that puts them together."""
    for path in stores():
        room = room_of(path)
        if room in ELSEWHERE:
            continue
        module = _module(path)
        found = [(text.owner, text.text) for text in texts(path)]
        found += [(name, sql) for name in vars(module) for sql in _kept(module, name)]
        for owner, sql in found:
            if BEGINS.match(sql) and UNKNOWN not in sql and "{" not in sql.replace("'{}'", ""):
                statement = Statement(f"{room}.{owner}", sql)
                if statement.owner not in PARTS:
                    yield statement
        for name in _composers(module):
            for told, named in COMPOSED[f"{room}.{name}"]:
                yield Statement(f"{room}.{name}", getattr(module, name)(*told, **named))


def _module(path: Path) -> ModuleType:
    return import_module(".".join(("houselist", *path.relative_to(SOURCE).with_suffix("").parts)))


def _kept(module: ModuleType, name: str) -> list[str]:
    """The texts under this name in a module, with the parts that others make."""
    value = getattr(module, name)
    several = list(value.values()) if isinstance(value, dict) else value
    among = several if isinstance(several, list | tuple) else [value]
    return [each for each in among if isinstance(each, str)]


def _composers(module: ModuleType) -> list[str]:
    """The functions of a store that put a statement together from what they are told, and keep it."""
    return [
        name
        for name, value in vars(module).items()
        if hasattr(value, "cache_info")
        and value.__module__ == module.__name__
        and value.__annotations__["return"] == "str"
    ]


def _values(sql: str, prepared: PreparedStatement) -> list[Any]:
    """A value for each that the statement takes."""
    as_arrays = re.findall(r"\$(\d+)::text::\w+\[\]", sql)
    return [
        "{}" if str(number) in as_arrays else _value(each.name)
        for number, each in enumerate(prepared.get_parameters(), 1)
    ]


def _value(type_: str) -> Any:
    return [VALUES[type_[:-2]]] if type_.endswith("[]") else VALUES[type_]


# A statement that another store imports stands there under its name too.
STATEMENTS = list({each.sql: each for each in reversed(list(statements()))}.values())[::-1]


def test_most_statements_are_known() -> None:
    assert len(STATEMENTS) > 340
    assert {each.owner for each in STATEMENTS} >= COMPOSED.keys()


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda each: each.owner)
async def test_it_runs(pool: Pool, statement: Statement) -> None:
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        try:
            prepared = await connection.prepare(statement.sql)
            values = _values(statement.sql, prepared)
            await prepared.fetch(*values)
        except BROKEN:
            pass
        except asyncpg.InternalServerError as error:
            # Citus tells so of a constraint that rows of an INSERT … SELECT break.
            if "violates check constraint" not in str(error):
                raise
        finally:
            await undone.rollback()


async def test_on_a_cluster_only_those_for_all_account_groups_ask_every_server(pool: Pool) -> None:
    if not await cluster_store.is_created(pool):
        pytest.skip("the tests run on one PostgreSQL")
    asked = {each.owner for each in STATEMENTS if await _servers(pool, each) > 1}
    assert asked <= FOR_ALL.keys() | ASK_ALL.keys()


async def _servers(pool: Pool, statement: Statement) -> int:
    """How many shards Citus asks, by its plan."""
    if any(f"UPDATE {table}" in statement.sql for table in SHARED):
        return 1  # they are everywhere
    async with pool.acquire() as connection:
        prepared = await connection.prepare(statement.sql)
        values = _values(statement.sql, prepared)
        try:
            plan = await connection.fetch(f"EXPLAIN (COSTS OFF) {statement.sql}", *values)
        except asyncpg.FeatureNotSupportedError:
            return 1  # Citus can't explain an INSERT of what an UPDATE returns; it runs: see above
    counts = re.findall(r"Task Count: (\d+)", "\n".join(row[0] for row in plan))
    return max(map(int, counts), default=0)
