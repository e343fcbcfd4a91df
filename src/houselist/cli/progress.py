"""How far something is, on standard error: bars on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from houselist.cli.neutral import neutral
from houselist.cli.out import tell

_LINE_SECONDS = 2.0


class Stage(NamedTuple):
    """One part of the work, `share` of it done (0 to 1), and counts in words."""

    name: str
    share: float
    counts: str = ""


class Display:
    """Bars, where it is given any; else a line now and then, unless it is `quiet`."""

    def __init__(self, bars: Progress | None, *, quiet: bool) -> None:
        self._bars = bars
        self._quiet = quiet
        self._tasks: dict[str, TaskID] = {}
        self._line: str = ""
        self._line_time = float("-inf")

    def tell(self, words: str) -> None:
        """What people should read beside it."""
        if self._bars is not None:
            self._bars.console.print(Text(neutral(words)))
        elif not self._quiet:
            tell(words)

    def show(self, *stages: Stage, over: bool = False) -> None:
        """How far each stage is now. The last state, when it is `over`, is never left out."""
        if self._bars is not None:
            for name, share, counts in stages:
                if name not in self._tasks:
                    self._tasks[name] = self._bars.add_task(name, total=1.0, counts="")
                self._bars.update(self._tasks[name], completed=share, counts=counts)
            return
        shares = [f"{each.name} {int(100 * each.share)}%" for each in stages]
        line = ", ".join([*shares, *(each.counts for each in stages if each.counts)])
        is_due = over or time.monotonic() - self._line_time > _LINE_SECONDS
        if is_due and line != self._line:
            self._line, self._line_time = line, time.monotonic()
            self.tell(line)


@contextmanager
def display(*, quiet: bool) -> Generator[Display]:
    """The display that suits standard error, for as long as the block runs."""
    if quiet or not sys.stderr.isatty():
        yield Display(None, quiet=quiet)
        return
    # Counts are no markup, whatever a provider has put there.
    counts = TextColumn("{task.fields[counts]}", markup=False)
    columns = TextColumn("{task.description:10}"), BarColumn(), TaskProgressColumn()
    console = Console(stderr=True, highlight=False)
    with Progress(*columns, TimeRemainingColumn(), counts, console=console) as bars:
        yield Display(bars, quiet=False)


@contextmanager
def progress(total: int, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """Shows rows done out of `total`; the block calls what it is given with their number."""
    with display(quiet=quiet) as shown:

        def report(done: int) -> None:
            counts = f"{done:,} of {total:,} rows done"
            shown.show(Stage("Import", done / total, counts), over=done == total)

        yield report
