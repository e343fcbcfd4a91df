"""The source as the house rules see it: its files, its syntax trees, and the SQL in it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "houselist"

# What stands in a text for a part that only its run knows.
UNKNOWN = "…"


def python_files(*folders: str) -> list[Path]:
    """Every Python file below these folders of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def stores() -> list[Path]:
    """The files that may hold SQL."""
    return sorted([*SOURCE.rglob("store.py"), *SOURCE.rglob("*_store.py")])


def room_of(store: Path) -> str:
    """The name of a store's room, dotted: `jobs.run` of jobs/run/store.py, `uploads.retention`."""
    named_for = store.stem.removesuffix("store").removesuffix("_")
    return ".".join([*store.relative_to(SOURCE).parent.parts, *filter(None, [named_for])])


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def broken(paths: Iterable[Path], rule: Callable[[Path], object]) -> dict[str, object]:
    """What a rule says of the files that break it; it says nothing of the others."""
    said = {named(path): rule(path) for path in paths}
    return {name: words for name, words in said.items() if words}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


class Text(NamedTuple):
    """A text in the source, put together from its parts. `owner`: the function or name it is in."""

    owner: str
    line: int
    text: str


def texts(path: Path) -> list[Text]:
    """Every text of a module, without docstrings. Parts of a longer text are not listed again."""
    module = tree(path)
    known = {
        name: _value(node.value, {})
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and (name := _name(node))
    }
    constants = {name: text for name, text in known.items() if text is not None}
    return [text for node in module.body for text in _texts(node, _name(node), constants, top=True)]


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        return target.id if isinstance(target, ast.Name) else ""
    return getattr(node, "name", "")


def _texts(node: ast.AST, owner: str, known: dict[str, str], *, top: bool) -> Iterator[Text]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not top:
        owner = f"{owner}.{node.name}"
    text = _value(node, known) if isinstance(node, ast.expr) else None
    if text is not None:
        if not isinstance(node, ast.Name):
            yield Text(owner, node.lineno, text)
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child, owner, known, top=False)


def _value(node: ast.AST, known: dict[str, str]) -> str | None:
    """The text that an expression makes, as far as it can be told without running it."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.JoinedStr):
        return "".join(_value(part, known) or UNKNOWN for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _value(node.value, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _value(node.left, known), _value(node.right, known)
        return None if left is None and right is None else (left or UNKNOWN) + (right or UNKNOWN)
    return None
