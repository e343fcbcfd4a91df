"""House rule: the documents say of every table how long it is kept, and that is how long it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.config import load
from houselist.postgres import queue_store
from houselist.postgres.tables import DISTRIBUTED, LOCAL, SHARED
from houselist.worker import retention_store
from houselist.worker.maintenance import UNUSED_DAYS
from houselist.worker.retention import BUDGET_DAYS, QUEUE_LOG_DAYS
from support.rules import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADING = "## What is kept, and for how long"


def kept() -> list[tuple[str, str]]:
    """Each table of the documents, and how long it is kept."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8").split(HEADING)[1]
    rows = re.findall(r"^\| (`.*?) \| .*? \| (.*?) \|$", text.split("\n## ")[0], re.MULTILINE)
    return [(name, how_long) for names, how_long in rows for name in re.findall(r"`(\w+)`", names)]


def how_long(tables: Iterable[str]) -> set[str]:
    return {dict(kept())[table] for table in tables}


def test_every_table_is_in_it_once() -> None:
    assert sorted(name for name, _ in kept()) == sorted([*SHARED, *DISTRIBUTED, *LOCAL])


def test_the_tables_that_are_deleted_from_are_those_it_says() -> None:
    history = load({}).history_days
    assert how_long(retention_store.HISTORY) == {f"`HOUSELIST_HISTORY_DAYS` ({history} days)"}
    assert how_long([retention_store.BUDGETS]) == {f"{BUDGET_DAYS} days"}
    assert how_long(queue_store.LOGS) == {f"{QUEUE_LOG_DAYS} days"}
    (uploads,) = how_long(["uploads", "upload_chunks"])
    assert f"`HOUSELIST_UPLOAD_RETENTION` ({load({}).upload_retention} days)" in uploads
    assert f"{UNUSED_DAYS} days without one" in uploads
    timed = {name for name, words in kept() if re.search(r"\b(days?|hours)\b", words)}
    assert timed == {
        *retention_store.HISTORY,
        retention_store.BUDGETS,
        *queue_store.LOGS,
        *("memberships", "audience_lists", "uploads", "upload_chunks", "idempotency_keys"),
        *("prospecting_jobs", "prospecting_rows", "console_sessions"),
    }
