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
    """Shows nothing: what `quiet` asks for, and what the other displays share."""

    def show(self, *stages: Stage, over: bool = False) -> None:
        """How far each stage is now. The last state, when it is `over`, is never left out."""

    def tell(self, words: str) -> None:
        """What people should read beside it."""


class _Bars(Display):
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def show(self, *stages: Stage, over: bool = False) -> None:
        del over
        for name, share, counts in stages:
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=1.0, counts="")
            self._bars.update(self._tasks[name], completed=share, counts=counts)

    def tell(self, words: str) -> None:
        self._bars.console.print(Text(neutral(words)))


class _Lines(Display):
    def __init__(self) -> None:
        self._time = float("-inf")
        self._line: str = ""

    def show(self, *stages: Stage, over: bool = False) -> None:
        shares = [f"{each.name} {int(100 * each.share)}%" for each in stages]
        line = ", ".join([*shares, *(each.counts for each in stages if each.counts)])
        is_due = over or time.monotonic() - self._time > _LINE_SECONDS
        if is_due and line != self._line:
            self._time, self._line = time.monotonic(), line
            tell(line)

    def tell(self, words: str) -> None:
        tell(words)


@contextmanager
def display(*, quiet: bool) -> Generator[Display]:
    """The display that suits standard error, for as long as the block runs."""
    if quiet:
        yield Display()
    elif sys.stderr.isatty():
        # Counts are no markup, whatever a provider has put there.
        columns = (
            TextColumn("{task.description:10}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
        )
        with Progress(*columns, console=Console(stderr=True, highlight=False)) as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


@contextmanager
def progress(total: int, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """Shows rows done out of `total`; the block calls what it is given with their number."""
    with display(quiet=quiet) as shown:

        def report(done: int) -> None:
            counts = f"{done:,} of {total:,} rows done"
            shown.show(Stage("Import", done / total, counts), over=done == total)

        yield report
