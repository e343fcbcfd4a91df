"""`houselist worker`: a job worker alone, which ends when it is told to."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from support_cli import COMMAND, PATIENCE, environ, eventually, execute, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'houselist' AND datname = current_database()"


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
