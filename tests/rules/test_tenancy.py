"""House rule: the account group leads every key of every table, and stands in every statement."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from support.rules import UNKNOWN, Text, named, python_files, room_of, stores, texts, tree

if TYPE_CHECKING:
    from houselist.postgres.db import Pool

TENANT = "account_group_id"

# Tables that belong to no account group: PgQueuer's and Alembic's are theirs to shape.
FOREIGN = re.compile(r"pgqueuer.*|alembic_version")
ABOVE_ALL = {
    "account_groups": "they are the account groups",
    "api_keys": "a key may open several account groups",
    "console_sessions": "a browser is signed in with a key",
}
# Unique indexes that do not start with the account group.
INDEXES = {
    "account_groups_pkey": "its id is the account group",
    "api_keys_pkey": "a key may open several account groups",
    "api_keys_digest": "a key is looked up before any account group is known",
    "console_sessions_pkey": "likewise a session",
    "provider_connections_account": "an account outside has one budget a day, whoever uses it",
}
# Statements that are for all account groups at once.
FOR_ALL = {
    "audiences.get_unpurged": "a worker looks for the work of all account groups",
    "jobs.run.open.get_open": "likewise",
    "schedules.get_due": "likewise",
    "search.get_groups_with_pending": "likewise",
    "search.get_unwritten_groups": "likewise",
    "web.idempotency.forget_old": "cleans up by age",
    "uploads.retention.get_abandoned": "likewise",
    "uploads.retention.get_old": "likewise",
    "jobs.run.dry_run.get_over": "likewise",
    "worker.retention.get_groups": "likewise",
    "people.counts.get_uncounted_groups": "likewise",
    "worker.retention.get_emptied": "likewise",
    "postgres.queue.forget_log": "PgQueuer's tables belong to no account group",
    "migrations.cluster.count_rows": "tables move onto a cluster with the rows of all",
}
# Who may run these: what works in the background. On a cluster they ask every server.
BACKGROUND = (
    "src/houselist/worker/",
    "src/houselist/schedules/running.py",
    "src/houselist/migrations/",
)
# A room whose statements are not about one account group.
ROOM_FOR_ALL = "keys"  # a key is looked up before any account group is known

NAMES_A_TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+|…)")
NAMES_THE_GROUP = re.compile(
    r"\baccount_group_id\s*=\s*(?:\$\d|\w+\.account_group_id)"  # one group, or the joined one's
    r"|\(account_group_id\b[^)]*\)\s+IN\b"
    r"|\bINTO\s+\w+(?:\s+AS\s+\w+)?\s*\(account_group_id\b"
)

STORES = stores()


async def _tables(pool: Pool) -> dict[str, bool]:
    """Our tables, and whether each has the account group."""
    rows = await pool.fetch(
        """
        SELECT c.relname, EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = $1
        ) AS owned
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        """,
        TENANT,
    )
    return {row["relname"]: row["owned"] for row in rows if not FOREIGN.fullmatch(row["relname"])}


async def test_every_table_belongs_to_an_account_group(pool: Pool) -> None:
    tables = await _tables(pool)
    assert {name for name, owned in tables.items() if not owned} == ABOVE_ALL.keys()
    assert len(tables) > len(ABOVE_ALL) + 5


async def test_the_account_group_leads_every_primary_key_and_unique_index(pool: Pool) -> None:
    rows = await pool.fetch(
        """
        SELECT t.relname AS table, i.relname AS index, a.attname AS first
        FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class t ON t.oid = x.indrelid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE x.indisunique AND t.relnamespace = 'public'::regnamespace
        """
    )
    ours = [row for row in rows if not FOREIGN.fullmatch(row["table"])]
    assert {row["index"] for row in ours if row["first"] != TENANT} == INDEXES.keys()
    assert {row["table"] for row in ours} == (await _tables(pool)).keys(), "a table has no key"


async def test_no_foreign_key_crosses_from_one_account_group_to_another(pool: Pool) -> None:
    rows = await pool.fetch(
        """
        SELECT c.conname, c.conrelid::regclass::text AS from, c.confrelid::regclass::text AS to,
               EXISTS (
                   SELECT FROM unnest(c.conkey, c.confkey) AS pair (here, there)
                   JOIN pg_attribute h ON h.attrelid = c.conrelid AND h.attnum = pair.here
                   JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = pair.there
                   WHERE h.attname = $1 AND t.attname = $1
               ) AS within
        FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
        """,
        TENANT,
    )
    assert rows
    assert [
        row["conname"] for row in rows if row["to"] not in ABOVE_ALL and not row["within"]
    ] == []


def _statements(path) -> list[Text]:
    """The SQL of a store, under `room.function`."""
    room = room_of(path)
    return [text._replace(owner=f"{room}.{text.owner}") for text in texts(path)]


def _unguarded(text: str, owned: set[str]) -> int:
    """How many of the tenants' tables a statement names without saying of which account group."""
    tables = [name for name in NAMES_A_TABLE.findall(text) if name in owned or name == UNKNOWN]
    return max(0, len(tables) - len(NAMES_THE_GROUP.findall(text)))


async def test_every_statement_says_of_which_account_group(pool: Pool) -> None:
    owned = {name for name, owned in (await _tables(pool)).items() if owned}
    statements = [text for path in STORES for text in _statements(path)]
    assert len(statements) > 40
    found = {text.owner for text in statements if _unguarded(text.text, owned)}
    assert {owner for owner in found if not owner.startswith(f"{ROOM_FOR_ALL}.")} == FOR_ALL.keys()


def test_no_request_runs_a_statement_for_all_account_groups() -> None:
    names = {owner.rpartition(".")[2] for owner in FOR_ALL}
    callers = {
        (named(path), node.attr)
        for path in python_files("src")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in names
    }
    assert {name for _, name in callers} == names
    assert [caller for caller in callers if not caller[0].startswith(BACKGROUND)] == []


def test_the_rule_finds_a_statement_that_forgets_its_account_group() -> None:
    owned = {"audiences", "memberships"}
    assert _unguarded("SELECT id FROM audiences WHERE id = $1", owned)
    assert _unguarded("UPDATE audiences SET name = $1 WHERE id = $2", owned)
    assert _unguarded(
        "SELECT 1 FROM audiences a JOIN memberships m ON m.audience_id = a.id"
        " WHERE a.account_group_id = $1",
        owned,
    )
    assert not _unguarded("SELECT id FROM audiences WHERE account_group_id = $1", owned)


def test_copied_rows_start_with_their_account_group() -> None:
    nodes = [node for path in STORES for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    copying = ("copy_to_table", "copy_records_to_table")
    copies = [node for node in nodes if getattr(node.func, "attr", "") in copying]
    assert copies
    for copy in copies:
        columns = next(word.value for word in copy.keywords if word.arg == "columns")
        assert ast.literal_eval(columns.elts[0]) == TENANT, ast.unparse(copy)
