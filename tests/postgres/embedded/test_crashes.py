"""The embedded server comes back by itself, whatever was killed and at whatever moment."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time

import pytest

from houselist.postgres.embedded import Server
from houselist.postgres.embedded.account import server_account
from houselist.postgres.embedded.layout import layout_of
from houselist.postgres.embedded.processes import read_postmaster
from support.cli import eventually

RUNNING = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '{}%' AND pid <> pg_backend_pid()"
FAST = {"fsync": "off", "shared_buffers": "16MB"}


def test_ensure_running_is_cheap_while_the_server_lives(open_server):
    server = open_server()
    began = time.process_time()
    assert not any(server.ensure_running() for _ in range(100))
    assert (time.process_time() - began) / 100 < 0.002


def test_killed_postmaster_is_replaced_and_nothing_committed_is_lost(data_dir, open_server, ask):
    server = open_server(settings={"shared_buffers": "16MB"})
    ask(server.dsn, "CREATE TABLE over_kill AS SELECT 7 AS n")
    os.kill(read_postmaster(layout_of(data_dir)).pid, signal.SIGKILL)
    time.sleep(0.05)
    assert server.ensure_running() is True
    assert ask(server.dsn, "SELECT n FROM over_kill") == 7
    assert server.ensure_running() is False


def test_busy_child_of_a_killed_postmaster_does_not_hold_up_the_next(
    data_dir, open_server, ask, living
):
    server = open_server()

    def loop():
        with contextlib.suppress(Exception):
            ask(server.dsn, "DO $$ BEGIN LOOP END LOOP; END $$")

    busy = threading.Thread(target=loop)
    busy.start()
    child = eventually(lambda: ask(server.dsn, RUNNING.format("DO")))
    before = set(living(data_dir))
    os.kill(read_postmaster(layout_of(data_dir)).pid, signal.SIGKILL)
    # The busy child was meant to outlive its postmaster, and it alone does.
    eventually(lambda: before & set(living(data_dir)) == {child})
    assert server.ensure_running() is True
    busy.join(timeout=10)
    assert ask(server.dsn, "SELECT 1") == 1
    assert not before & set(living(data_dir))


def test_two_users_of_a_killed_server_restart_it_once(data_dir, open_server, living):
    first, second = open_server(), open_server()
    os.kill(read_postmaster(layout_of(data_dir)).pid, signal.SIGKILL)
    time.sleep(0.05)
    assert [first.ensure_running(), second.ensure_running()] == [True, False]


@pytest.fixture
def stranger():
    """A process of another program, under the very user that the server runs as."""
    account = server_account()
    switch = {"user": account.uid, "group": account.gid, "extra_groups": []}
    process = subprocess.Popen(["sleep", "60"], **(switch if account.switch else {}))
    yield process.pid
    process.kill()
    process.wait()


def test_start_after_everything_was_killed_and_the_process_id_was_reused(
    data_dir, other_process, ask, kill_server, stranger
):
    other = other_process(data_dir)
    ask(other.dsn(), "CREATE TABLE over_all AS SELECT 7 AS n")
    other.kill()
    kill_server(data_dir)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    _, *rest = pid_file.read_text().splitlines(keepends=True)
    pid_file.write_text("".join([f"{stranger}\n", *rest]))
    with Server.open(data_dir, settings=FAST) as server:
        assert ask(server.dsn, "SELECT n FROM over_all") == 7


def test_first_start_that_was_killed_half_way_is_done_again(place, other_process, ask):
    unfinished = place / "data" / "postgres.new"
    first = other_process(place / "data")
    deadline = time.monotonic() + 10
    while not (unfinished / "PG_VERSION").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.kill()  # its initdb works on, and must not meet the next one's
    assert not (place / "data" / "postgres").exists()
    with Server.open(place / "data", settings=FAST) as server:
        assert ask(server.dsn, "SELECT 1") == 1
    assert not unfinished.exists()


def test_database_is_made_although_the_first_start_was_cut_off_before_it(
    data_dir, open_server, ask
):
    layout_of(data_dir).has_database.unlink()
    server = open_server()
    assert ask(server.dsn, "SELECT current_database()") == "houselist"
    assert layout_of(data_dir).has_database.exists()


def test_server_that_somebody_told_to_end_at_its_leisure_is_ended_and_started_anew(
    data_dir, open_server, other_process, ask
):
    first = other_process(data_dir)
    dsn = first.dsn()
    old = read_postmaster(layout_of(data_dir)).pid
    waiting = threading.Thread(target=lambda: _ignore(ask, dsn, "SELECT pg_sleep(60)"))
    waiting.start()
    eventually(lambda: ask(dsn, RUNNING.format("SELECT pg_sleep")))
    os.kill(old, signal.SIGTERM)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    eventually(lambda: "stopping" in pid_file.read_text())
    server = open_server()
    assert ask(server.dsn, "SELECT 1") == 1
    assert read_postmaster(layout_of(data_dir)).pid != old
    waiting.join(timeout=10)


def _ignore(ask, dsn, statement):
    with contextlib.suppress(Exception):
        ask(dsn, statement)


def test_log_that_grew_large_is_set_aside(data_dir, open_server):
    (data_dir / "postgres.log").write_bytes(b"x" * (9 * 2**20))
    open_server()
    assert (data_dir / "postgres.log").stat().st_size < 100_000
    assert (data_dir / "postgres.log.1").exists()
