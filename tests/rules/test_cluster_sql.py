"""House rule: no statement has what Citus refuses, so each runs on one PostgreSQL and on a cluster.

test_every_statement.py has a real cluster say so, where the tests are given one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from houselist.postgres.tables import DISTRIBUTED, LOCAL, SHARED
from support.rules import room_of, stores, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

# Citus evaluates these once, before it sends a statement to the server that has the rows. It can't
# where they may be evaluated later or not at all, nor where they are told a column.
MUTABLE = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|random|gen_random_uuid"
    r"|current_setting|set_config|nextval|to_char|concat|concat_ws|format|timeofday)\s*\("
    r"|\bCURRENT_(DATE|TIME|TIMESTAMP)\b",
    re.IGNORECASE,
)
OF_COLUMNS = re.compile(r"\b(concat|concat_ws|format|to_char|array_to_string)\s*\(", re.IGNORECASE)
CHANGES = re.compile(r"\b(UPDATE|DELETE FROM|INSERT INTO)\s+\w", re.IGNORECASE)
LOCKS = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b|\bFOR KEY SHARE\b")
# What must run where the connection is: a statement with a distributed table runs where its rows are.
AT_HOME = re.compile(r"\bpg_(try_)?advisory_|\bpg_notify\b")

# Statements with such a part that Citus runs all the same.
RUN = {
    "uploads.add_chunk": "set_config() is for the server that stores the chunk, and works there",
}


def named(sql: str, tables: tuple[str, ...]) -> set[str]:
    return {
        name for name in re.findall(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)", sql) if name in tables
    }


def in_brackets(sql: str, opening: str) -> Iterator[str]:
    """What stands in the brackets after each `opening`."""
    for found in re.finditer(rf"\b{opening}\s*\(", sql, re.IGNORECASE):
        depth, end = 1, found.end()
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[found.end() : end - 1]


def refused(sql: str) -> list[str]:
    """Why Citus refuses a statement."""
    cases = re.findall(r"\bCASE\b.*?\bEND\b", sql, re.DOTALL | re.IGNORECASE)
    parts = {
        "coalesce() of": list(in_brackets(sql, "coalesce")),
        "CASE with": cases,
        "RETURNING with": re.findall(r"\bRETURNING\b(.*?)(?:\)|$)", sql, re.DOTALL),
        "DO UPDATE with": re.findall(r"\bDO UPDATE\b(.*?)(?:\bRETURNING\b|$)", sql, re.DOTALL),
    }
    found = [
        f"{what} {mutable[0]}"
        for what, texts_ in parts.items()
        for text in texts_
        if (mutable := MUTABLE.search(text))
    ]
    found += [f"{each[0]} of a column" for each in OF_COLUMNS.finditer(sql)]
    return found


STATEMENTS = [
    (f"{room_of(path)}.{text.owner}", text.text)
    for path in stores()
    for text in texts(path)
    if CHANGES.search(text.text) and named(text.text, DISTRIBUTED + SHARED)
]
WITH_TABLES = [
    (f"{room_of(path)}.{text.owner}", text.text)
    for path in stores()
    for text in texts(path)
    if named(text.text, DISTRIBUTED)
]


def test_no_change_has_what_is_evaluated_too_late() -> None:
    assert len(STATEMENTS) > 70
    found = {owner: why for owner, sql in STATEMENTS if (why := refused(sql))}
    assert found.keys() == RUN.keys(), found


def test_what_must_run_at_home_stands_alone() -> None:
    assert [owner for owner, sql in WITH_TABLES if AT_HOME.search(sql)] == []


def test_no_statement_joins_the_queue_with_distributed_tables() -> None:
    assert [owner for owner, sql in WITH_TABLES if named(sql, LOCAL)] == []


def test_rows_are_locked_in_one_account_group_alone() -> None:
    locking = [(owner, sql) for owner, sql in WITH_TABLES if LOCKS.search(sql)]
    assert len(locking) > 8
    assert [owner for owner, sql in locking if "account_group_id = $1" not in sql] == []


def test_plans_without_values_are_forced_on_one_postgresql_alone() -> None:
    # Citus finds the server by the values: of a join it then says that it could not create a plan.
    forced = [
        (f"{room_of(path)}.{text.owner}", text.text)
        for path in stores()
        for text in texts(path)
        if "force_generic_plan" in text.text
    ]
    unasked = [owner for owner, sql in forced if "current_setting('citus.shard_count'" not in sql]
    assert unasked == [], (
        "say CASE WHEN current_setting('citus.shard_count', true) IS NULL"
        " THEN 'force_generic_plan' ELSE 'auto' END"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audiences SET deleted_at = coalesce(deleted_at, now())",
        "UPDATE audiences SET deleted_at = CASE WHEN $1 THEN now() ELSE deleted_at END",
        "UPDATE audiences SET deleted_at = $1 RETURNING date_trunc('milliseconds', now())",
        "INSERT INTO audiences VALUES (now()) ON CONFLICT (id) DO UPDATE SET deleted_at = now()",
        "UPDATE audiences SET name = concat_ws(' ', name, $1)",
    ],
)
def test_the_rule_finds_what_citus_refuses(sql: str) -> None:
    assert refused(sql)


def test_the_rule_lets_pass_what_citus_runs() -> None:
    assert refused("UPDATE audiences SET deleted_at = least(deleted_at, now()) RETURNING id") == []
    assert refused("WITH a AS (UPDATE b RETURNING id) INSERT INTO c SELECT id, now() FROM a") == []
