"""Showing how far an import is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from houselist.cli.out import tell

if TYPE_CHECKING:
    from collections.abc import Generator

_LINE_SECONDS = 2.0


class Report(Protocol):
    """Takes the number of rows that are done."""

    def __call__(self, done: int) -> None: ...


@contextmanager
def progress(total: int, *, quiet: bool) -> Generator[Report]:
    """Shows rows done out of `total` on standard error, unless `quiet`."""
    if quiet:
        yield _silent
    elif sys.stderr.isatty():
        columns = TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("import", total=total)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield _lines(total)


def _silent(done: int) -> None:
    del done


def _lines(total: int) -> Report:
    last_time, last_done = time.monotonic(), 0

    def report(done: int) -> None:
        nonlocal last_time, last_done
        if done != last_done and (done == total or time.monotonic() - last_time > _LINE_SECONDS):
            last_time, last_done = time.monotonic(), done
            tell(f"{done:,} of {total:,} rows done")

    return report
