"""House rules of form: sizes, docstrings, imports, and checks that are silenced."""

from __future__ import annotations

import ast
import re
import tokenize
from typing import TYPE_CHECKING

from support.rules import broken, python_files, tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60

FILES = python_files("src", "tests", "benchmarks")
MODULES = python_files("src")

# What silences a check, and how it looks with its rule and its reason.
SILENCER = re.compile(r"#\s*(noqa\b|type:\s*ignore|pyright:\s|ruff:\s*noqa|pragma\b)")
EXPLAINED = re.compile(r"(noqa: [A-Z]+\d+|(type|pyright): ?ignore\[[\w-]+).* - \w.{3,}")


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_400_lines() -> None:
    def too_long(path: Path) -> int:
        length = len(path.read_text(encoding="utf-8").splitlines())
        return length if length > FILE_LINES else 0

    assert broken(FILES, too_long) == {}


def test_no_function_is_longer_than_60_lines() -> None:
    def too_long(path: Path) -> list[str]:
        found = _functions(path)
        return [each.name for each in found if each.end_lineno - each.lineno >= FUNCTION_LINES]

    assert broken(MODULES, too_long) == {}


def test_every_module_says_what_lives_in_it() -> None:
    def silent(path: Path) -> str:
        words = ast.get_docstring(tree(path)) or ""
        return "" if words.endswith((".", ":")) else f"no sentence: {words!r}"

    assert broken(FILES, silent) == {}


def test_annotations_are_read_late_everywhere() -> None:
    def early(path: Path) -> bool:
        body = tree(path).body
        code = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        late = any(isinstance(n, ast.ImportFrom) and n.module == "__future__" for n in body)
        return any(isinstance(node, code) for node in body) and not late

    assert broken(MODULES, early) == {}


def test_no_function_imports() -> None:
    def late(path: Path) -> list[int]:
        inner = [node for each in _functions(path) for node in ast.walk(each)]
        return [node.lineno for node in inner if isinstance(node, ast.Import | ast.ImportFrom)]

    assert broken(FILES, late) == {}


def test_a_silenced_check_carries_its_rule_and_its_reason() -> None:
    def bare(path: Path) -> list[int]:
        with path.open("rb") as file:
            tokens = list(tokenize.tokenize(file.readline))
        comments = [token for token in tokens if token.type == tokenize.COMMENT]
        silenced = [token for token in comments if SILENCER.search(token.string)]
        return [token.start[0] for token in silenced if not EXPLAINED.search(token.string)]

    assert broken(FILES, bare) == {}


def test_the_rule_for_silenced_checks_finds_bare_ones() -> None:
    kept = "# noqa: S608 - constant columns", "# pyright: ignore[reportX] - ASGI scopes are open"
    bare = "# noqa", "# noqa: S608", "# type: ignore", "# pyright: ignore[reportX]"
    assert all(SILENCER.search(comment) and EXPLAINED.search(comment) for comment in kept)
    assert all(SILENCER.search(comment) and not EXPLAINED.search(comment) for comment in bare)
