"""Tables on standard output: one line a row, never wrapped or cut, so that programs read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from houselist.cli.neutral import neutral_cell
from houselist.cli.out import say, say_json

T = TypeVar("T")

# Wider than any line, because rich would shorten cells that do not fit.
_WIDTH = 1_000_000


def say_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two spaces apart."""
    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*map(neutral_cell, row))
    # Names may look like markup or emoji codes: they are shown as they are.
    console = Console(width=_WIDTH, color_system=None, markup=False, emoji=False, highlight=False)
    with console.capture() as shown:
        console.print(table)
    say("\n".join(line.rstrip() for line in shown.get().splitlines()))


def show_items(
    items: Sequence[T], header: Sequence[str], row: Callable[[T], Sequence[str]], *, json: bool
) -> None:
    """What a command lists: one JSON object, or a table with a row for each."""
    if json:
        say_json({"items": items})
    else:
        say_table(header, [row(each) for each in items])
