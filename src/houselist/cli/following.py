"""Showing a job while it goes on: bars on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from houselist.cli.neutral import neutral
from houselist.cli.out import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from houselist.jobs.shapes import Job, Stage

_LINE_SECONDS = 2.0


class Show(Protocol):
    """Takes the job each time it has changed."""

    def __call__(self, job: Job) -> None: ...


@contextmanager
def following(*, quiet: bool) -> Generator[Show]:
    """Shows a job on standard error, unless `quiet`; what it waits for as soon as that changes."""
    if quiet:
        yield _nothing
    elif sys.stderr.isatty():
        console = Console(stderr=True, highlight=False)
        # What is told beside the stage is no markup, whatever a provider has put there.
        columns = (
            TextColumn("{task.description:10}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[counts]}", markup=False),
        )
        with Progress(*columns, console=console) as bars:
            yield _bars(bars)
    else:
        yield _lines()


def _nothing(job: Job) -> None:
    del job


def _stages(job: Job) -> dict[str, Stage]:
    return {"Import": job.stages.import_, "Enrichment": job.stages.enrichment}


def _counts(job: Job) -> str:
    return f"{job.counts.rows:,} rows, {job.counts.added:,} added"


def _bars(bars: Progress) -> Show:
    tasks = {name: bars.add_task(name, total=1.0, counts="") for name in ("Import", "Enrichment")}
    news = _news(lambda words: bars.console.print(Text(neutral(words))))

    def show(job: Job) -> None:
        news(job)
        for name, stage in _stages(job).items():
            counts = _counts(job) if name == "Import" else ""
            bars.update(tasks[name], completed=stage.progress, counts=counts)

    return show


def _lines() -> Show:
    news = _news(tell)
    last_time, last_line = float("-inf"), ""

    def show(job: Job) -> None:
        nonlocal last_time, last_line
        news(job)
        parts = [f"{name} {int(100 * stage.progress)}%" for name, stage in _stages(job).items()]
        line = ", ".join([*parts, _counts(job)])
        if line != last_line and time.monotonic() - last_time > _LINE_SECONDS:
            last_time, last_line = time.monotonic(), line
            tell(line)

    return show


def _news(say: Callable[[str], object]) -> Show:
    """Says what the stages tell in words, each thing once."""
    told: dict[str, str] = {}

    def show(job: Job) -> None:
        if job.status == "queued" and not told:
            say("The job is queued; `houselist serve` or `houselist worker` takes it up.")
            told["queued"] = "queued"
        for name, stage in _stages(job).items():
            words = stage.details or ""
            if words != told.get(name, ""):
                told[name] = words
                if words:
                    say(f"{name}: {words}")

    return show
