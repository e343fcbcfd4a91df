"""`houselist worker`: a job worker alone, which ends when it is told to."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from houselist import migrations
from houselist.postgres.embedded import Server
from support.cli import COMMAND, environ, eventually, execute, fresh_database
from support.clock import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'houselist worker' AND datname = current_database()"


@pytest.fixture(scope="module")
def database(server_dsn: str) -> Iterator[str]:
    with fresh_database(server_dsn) as dsn:
        yield dsn


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_signal_ends_it_without_a_traceback(database: str, how: signal.Signals) -> None:
    env = environ(database_url=database)
    worker = subprocess.Popen([*COMMAND, "worker"], env=env, stderr=subprocess.PIPE, text=True)
    eventually(lambda: execute(database, LISTENING)[0][0] > 0)
    worker.send_signal(how)
    _, err = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0
    assert "Traceback" not in err


@pytest.fixture
def hanging_soon() -> Iterator[tuple[str, Callable[[signal.Signals], None]]]:
    """A PostgreSQL of this test's own, and what sends a signal to all of it."""
    with tempfile.TemporaryDirectory(prefix="houselist-hang-") as folder:
        Path(folder).chmod(0o711)
        data = Path(folder) / "data"
        with Server.open(data, settings={"fsync": "off"}) as server:
            migrations.migrate_now(server.dsn)
            pid = int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
            postmaster = psutil.Process(pid)

            def send(how: signal.Signals) -> None:
                for process in [postmaster, *postmaster.children(recursive=True)]:
                    with suppress(psutil.NoSuchProcess):  # a backend that has just ended
                        process.send_signal(how)

            yield server.dsn, send


def test_told_twice_it_leaves_although_the_database_hangs(
    hanging_soon: tuple[str, Callable[[signal.Signals], None]],
) -> None:
    dsn, send = hanging_soon
    worker = subprocess.Popen([*COMMAND, "worker"], env=environ(database_url=dsn))
    eventually(lambda: execute(dsn, LISTENING)[0][0] > 0)
    send(signal.SIGSTOP)
    try:
        time.sleep(1.5)  # until a statement hangs
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.8)  # sooner, the second would count as an echo of the first
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=10) in (0, 1)
    finally:
        send(signal.SIGCONT)
        worker.kill()
        worker.wait()
