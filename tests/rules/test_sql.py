"""House rule: SQL stands in store files and in migrations, and never skips rows by counting."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from support.rules import SOURCE, broken, named, python_files, stores, texts, tree

if TYPE_CHECKING:
    from pathlib import Path

# Files with SQL that are no stores, and why.
ELSEWHERE = {
    "src/houselist/postgres/db.py": "its listener asks whether the line is still up",
    "src/houselist/migrations/__init__.py": "asks for the server's version, and takes turns",
    "src/houselist/migrations/distributing.py": "says which statements to run on a cluster",
    "src/houselist/migrations/run.py": "runs the SQL files of the revisions",
    "src/houselist/worker/queues.py": "passes on what PgQueuer asks",
}
STATEMENT = re.compile(
    r"\b(SELECT|INSERT INTO|DELETE FROM|TRUNCATE|UPDATE \S+ SET|CREATE (TABLE|INDEX|DATABASE)"
    r"|ALTER TABLE|DROP (TABLE|DATABASE)|SHOW \w+|LISTEN \w+|NOTIFY \w+|COPY \w+)\b"
)
# What runs SQL on a connection.
RUNS = {
    "execute",
    "executemany",
    "fetch",
    "fetchrow",
    "fetchval",
    "fetchmany",
    "cursor",
    "prepare",
    "copy_records_to_table",
    "copy_to_table",
    "copy_from_query",
    "copy_from_table",
}
SKIPS = re.compile(r"\boffset\b", re.IGNORECASE)

STORES = stores()
OTHERS = [path for path in python_files("src") if path not in STORES]


def _sql(path: Path) -> list[int]:
    return [text.line for text in texts(path) if STATEMENT.search(text.text)]


def _runs(path: Path) -> list[int]:
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if getattr(call.func, "attr", "") in RUNS]


def test_sql_stands_in_store_files_only() -> None:
    found = {**broken(OTHERS, _sql), **broken(OTHERS, _runs)}
    assert found.keys() == ELSEWHERE.keys(), found


def test_the_rule_finds_the_sql_of_every_store() -> None:
    assert len(STORES) >= 20
    assert broken(STORES, _sql).keys() == {named(path) for path in STORES}


def test_pages_never_skip_rows_by_counting_them() -> None:
    def skips(path: Path) -> list[int]:
        return [text.line for text in texts(path) if SKIPS.search(text.text)]

    def skips_in_sql(path: Path) -> bool:
        return bool(SKIPS.search(path.read_text(encoding="utf-8")))

    assert broken(STORES, skips) == {}
    assert broken(SOURCE.rglob("*.sql"), skips_in_sql) == {}
