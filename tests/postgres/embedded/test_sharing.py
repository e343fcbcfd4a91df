"""Several processes share the embedded server: the first starts it, the last one out stops it."""

from __future__ import annotations

import os
import time

from support.clock import measures_time

STARTED = "SELECT pg_postmaster_start_time()::text"


@measures_time
def test_first_start_is_quick_and_makes_the_database(first_start, open_server, ask):
    assert first_start.seconds < 5
    server = open_server()
    facts = "SELECT concat_ws(' ', current_database(), current_user, pg_encoding_to_char(encoding))"
    row = ask(server.dsn, f"{facts} FROM pg_database WHERE datname = current_database()")
    assert row == "houselist houselist UTF8"
    assert ask(server.dsn, "SHOW data_checksums") == "on"
    assert ask(server.dsn, "SELECT upper('müller') || lower('ÅSA')") == "MÜLLERåsa"


def test_leaving_ends_every_process(data_dir, open_server, living):
    server = open_server()
    assert living(data_dir)
    server.close()
    assert living(data_dir) == []


@measures_time
def test_data_stays_and_the_next_start_is_quick(open_server, ask):
    first = open_server()
    ask(first.dsn, "CREATE TABLE over_stop AS SELECT 7 AS n")
    first.close()
    began = time.monotonic()
    second = open_server()
    assert time.monotonic() - began < 3
    assert ask(second.dsn, "SELECT n FROM over_stop") == 7


def test_second_process_joins_and_keeps_the_server_when_the_first_leaves(
    data_dir, open_server, other_process, ask, living
):
    first = open_server()
    other = other_process(data_dir)
    assert other.dsn() == first.dsn
    started = ask(first.dsn, STARTED)
    first.close()
    assert ask(first.dsn, STARTED) == started
    other.leave()
    assert living(data_dir) == []


def test_killed_process_no_longer_counts(data_dir, open_server, other_process, living):
    other = other_process(data_dir)
    other.dsn()
    server = open_server()
    other.kill()
    server.close()
    assert living(data_dir) == []


def test_server_left_by_a_killed_process_is_joined_and_then_stopped(
    data_dir, open_server, other_process, ask, living
):
    other = other_process(data_dir)
    started = ask(other.dsn(), STARTED)
    other.kill()
    assert living(data_dir)
    server = open_server()
    assert ask(server.dsn, STARTED) == started
    server.close()
    assert living(data_dir) == []


def test_two_at_once_on_an_empty_directory_share_one_server(place, other_process, ask, living):
    both = [other_process(place / "data") for _ in range(2)]
    first, second = [each.dsn() for each in both]
    assert first == second
    assert ask(first, STARTED) == ask(second, STARTED)
    log = (place / "data" / "postgres.log").read_text()
    assert log.count("ready to accept connections") == 1
    for each in both:
        each.leave()
    assert living(place / "data") == []


def test_one_who_leaves_while_another_comes_never_leaves_it_without_a_server(
    data_dir, open_server, other_process, ask
):
    first = open_server()
    other = other_process(data_dir)
    first.close()
    assert ask(other.dsn(), "SELECT 1") == 1


def test_forked_child_does_not_stop_its_parents_server(open_server, ask):
    server = open_server()
    child = os.fork()
    if child == 0:
        server.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert ask(server.dsn, "SELECT 1") == 1


def test_settings_are_taken_but_can_not_open_the_server_to_the_network(open_server, ask):
    server = open_server(settings={"work_mem": "7MB", "fsync": "off", "listen_addresses": "*"})
    assert ask(server.dsn, "SHOW work_mem") == "7MB"
    assert ask(server.dsn, "SHOW listen_addresses") == ""


def test_server_is_out_of_reach_of_the_terminals_ctrl_c(data_dir, open_server, of_all):
    open_server()
    sessions = of_all(data_dir, os.getsid)
    assert sessions
    assert os.getsid(0) not in sessions
