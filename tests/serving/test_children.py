"""The supervisor's children: restarted with patience, stopped gently, and by force where it must be."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from houselist.serving import children
from houselist.serving.children import Child
from support.cli import eventually
from support.clock import measures_time
from support.jobs import until

if TYPE_CHECKING:
    from pathlib import Path


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


async def first_lines(file: Path, count: int) -> list[str]:
    """The file's lines, once there are so many."""
    return await asyncio.to_thread(
        eventually, lambda: len(lines(file)) >= count and lines(file), within=10
    )


async def nobody_is_left(tasks: set[asyncio.Task[Any]]) -> None:
    """Waits until only these tasks are there, so that nothing will be started again."""
    await until(lambda: asyncio.sleep(0, asyncio.all_tasks() == tasks))


async def test_one_that_ends_is_started_again_and_again_ever_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "FIRST_DELAY", 0.05)
    monkeypatch.setattr(children, "MAX_DELAY", 0.4)
    file, tasks = tmp_path / "starts", asyncio.all_tasks()
    code = f"import time; open({str(file)!r}, 'a').write(f'{{time.time()}}\\n')"
    child = Child("A child", script(code), os.environ)
    starts = [float(line) for line in await first_lines(file, 5)]
    await child.end(5, asyncio.Event())
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    for gap, delay in zip(gaps, (0.05, 0.1, 0.2, 0.4), strict=False):
        assert gap >= delay
    await nobody_is_left(tasks)


async def test_a_command_that_cannot_be_started_is_tried_again_until_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "FIRST_DELAY", 0.02)
    tries: list[Any] = []
    tasks = asyncio.all_tasks()

    def warn(event: str, **facts: Any) -> None:
        tries.append(facts["how"])

    monkeypatch.setattr(children, "warn", warn)
    child = Child("A child", ["/nonexistent/program"], os.environ)
    await until(lambda: asyncio.sleep(0, len(tries) >= 3))
    await asyncio.wait_for(child.end(5, asyncio.Event()), 1)
    assert set(tries) == {"it can't be started: No such file or directory"}
    await nobody_is_left(tasks)


def has_ended(process: psutil.Process) -> bool:
    """A zombie, which is its new parent's to bury, has ended as well."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open(sys.argv[1], "a") as file: file.write(f"{os.getpid()}\\n{grandchild.pid}\\n")
time.sleep(60)
"""


@measures_time
@pytest.mark.parametrize("hurried", [True, False], ids=["hurried", "out of patience"])
async def test_one_that_will_not_stop_is_killed_with_all_it_started(
    tmp_path: Path, hurried: bool
) -> None:
    file = tmp_path / "pids"
    child = Child("A child", [*script(STUBBORN), str(file)], os.environ)
    processes = [psutil.Process(int(line)) for line in await first_lines(file, 2)]
    event = asyncio.Event()
    if hurried:
        event.set()
    began = time.monotonic()
    await child.end(30 if hurried else 0.3, event)
    assert time.monotonic() - began < 5
    await asyncio.to_thread(eventually, lambda: all(has_ended(each) for each in processes))
