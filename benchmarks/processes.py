"""The processes under measurement: servers and workers, their CPU time and their memory."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

_START = 20.0


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def serving(target: str, dsn: str, **environ: str):
    """An HTTP server with one worker process; yields (port, process)."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--factory",
        "--workers",
        "1",
        "--loop",
        "uvloop",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-ws",
        "--log-level",
        "warning",
        target,
    ]
    with _process(command, dsn, environ) as process:
        wait_for(port)
        yield port, process


@contextmanager
def working(dsn: str, **environ: str):
    """A job worker."""
    with _process([sys.executable, "-m", "houselist", "worker"], dsn, environ) as process:
        yield process


@contextmanager
def _process(command: list[str], dsn: str, environ: dict[str, str]):
    whole = {**os.environ, "HOUSELIST_DATABASE_URL": dsn, **environ}
    process = subprocess.Popen(command, env=whole)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int) -> None:
    """Waits until something listens at the port."""
    until = time.monotonic() + _START
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of all below it, those that have ended included."""
    parent = psutil.Process(pid)
    ended = parent.cpu_times()
    running = sum(_cpu_clock(each.pid) for each in [parent, *parent.children(recursive=True)])
    return running + ended.children_user + ended.children_system


def _cpu_clock(pid: int) -> float:
    # /proc counts in steps of 10 ms, which is a tenth of what PostgreSQL takes for a round. This is
    # clock_getcpuclockid(3), as Linux makes its numbers.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:  # it has ended meanwhile
        return 0.0


def peak_memory(pid: int) -> int:
    """The most memory a process has had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel does not tell the peak")


def peak_of_all(pid: int) -> int:
    """The most memory that a process or one of those below it has had, in bytes."""
    below = psutil.Process(pid).children(recursive=True)
    return max(peak_memory(each) for each in (pid, *(process.pid for process in below)))
