"""House rule: whatever changes a job's row counts its version up and tells of it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from support.rules import python_files, room_of, stores, texts, tree

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = re.compile(r"\bUPDATE\s+prospecting_jobs\b")
COUNTS = re.compile(r"\bversion = (\w+\.)?version \+ 1\b")
# It runs the statement and tells; a statement for several jobs is told by tell() in its function.
RUNS, TELLS = "change_job", "tell"

STORES = stores()


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return [
        each for each in calls if getattr(each.func, "id", getattr(each.func, "attr", "")) == name
    ]


def _told(module: ast.Module) -> set[int]:
    """The lines of the texts that are told."""
    run = {argument.lineno for call in _calls(module, RUNS) for argument in call.args}
    functions = [node for node in ast.walk(module) if isinstance(node, ast.AsyncFunctionDef)]
    telling = [function for function in functions if _calls(function, TELLS)]
    beside = {
        node.lineno for each in telling for node in ast.walk(each) if isinstance(node, ast.expr)
    }
    return run | beside


def _changes(path: Path) -> list[tuple[str, bool, bool]]:
    """Each change of a job: where it is, whether it counts the version up, whether it is told."""
    told = _told(tree(path))
    return [
        (f"{room_of(path)}.{text.owner}", bool(COUNTS.search(text.text)), text.line in told)
        for text in texts(path)
        if CHANGES.search(text.text)
    ]


def test_every_change_of_a_job_counts_up_and_is_told() -> None:
    found = [change for path in STORES for change in _changes(path)]
    assert len(found) >= 15
    assert [where for where, counts, _ in found if not counts] == []
    assert [where for where, _, told in found if not told] == []


def test_only_one_file_knows_how_it_is_told() -> None:
    notifying = [
        room_of(path) for path in STORES if any("pg_notify" in text.text for text in texts(path))
    ]
    assert notifying == ["jobs.changes", "keys"]


def test_nobody_but_stores_changes_a_job() -> None:
    elsewhere = [path for path in python_files("src") if path not in STORES]
    assert [path for path in elsewhere if any(CHANGES.search(t.text) for t in texts(path))] == []
