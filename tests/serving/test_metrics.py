"""`/metrics` on a listener of its own: the sum of all processes, and nothing but metrics."""

from __future__ import annotations

import re
import socket
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from houselist.serving import metrics
from support.cli import Serving, environ, eventually, fresh_database, run, serving
from support.clock import PATIENCE, measures_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def database(server_dsn: str) -> Iterator[str]:
    with fresh_database(server_dsn) as dsn:
        yield dsn


def address(service: Serving) -> str:
    """Where it says that metrics are."""
    found = eventually(lambda: re.search(r"^Metrics are at (\S+)$", service.out, re.MULTILINE))
    return found[1]


def count(url: str, route: str) -> float:
    """Answers that were counted for a route, by all processes."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(httpx.get(url, timeout=PATIENCE).text)
        for sample in family.samples
        if sample.name == "houselist_http_requests_total" and sample.labels["route"] == route
    )


def test_it_is_the_sum_of_all_processes_and_does_not_fall_when_one_dies(
    database: str, tmp_path: Path
) -> None:
    env = environ(database_url=database, metrics_listen="127.0.0.1:0")
    with serving(tmp_path, env, "--workers", "2", "--no-job-worker") as service:
        url = address(service)
        before = count(url, "/healthz")
        for _ in range(40):  # each a connection, so that both processes get some
            assert httpx.get(service.url + "/healthz", timeout=PATIENCE).status_code == 200
        assert count(url, "/healthz") == before + 40
        api = service.child("api")
        assert api
        for process in api.children():
            process.kill()
        eventually(lambda: "Unexpected exit" in service.err)
        eventually(service.answers)
        assert count(url, "/healthz") == before + 40

        answer = httpx.get(url, timeout=PATIENCE)
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert answer.headers["cache-control"] == "no-store"
        assert "houselist_event_streams 0.0" in answer.text
        assert httpx.get(service.url + "/metrics", timeout=PATIENCE).status_code == 404
        assert httpx.post(url, timeout=PATIENCE).status_code == 405
        head = url.removesuffix("/metrics")
        for path in ("//metrics", "/metrics/", "/%6detrics", "/healthz", "/v1/accounts"):
            assert ask(head, path).startswith(b"HTTP/1.1 404 "), path
        assert service.stop() == 0


def ask(head: str, path: str) -> bytes:
    """What is answered to a path as it is."""
    host, port = head.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: h\r\n\r\n".encode())
        return connection.recv(65_536)


def test_the_api_is_served_without_metrics_where_their_usual_address_is_taken(
    database: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        with suppress(OSError):  # somebody else has it, which is as good
            stack.enter_context(socket.create_server(("127.0.0.1", 9464)))
        service = stack.enter_context(
            serving(tmp_path, environ(database_url=database), "--no-job-worker")
        )
        assert "there are no metrics: the address is taken" in service.err
        assert "Metrics are at" not in service.out


def test_an_address_that_was_chosen_and_is_taken_ends_the_start(database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        env = environ(database_url=database, metrics_listen=taken)
        done = run("serve", "--port", "0", env=env).expect(1)
        assert "HOUSELIST_METRICS_LISTEN" in done.err


def test_turned_off_nothing_listens(database: str, tmp_path: Path) -> None:
    env = environ(database_url=database, metrics_listen="off")
    with serving(tmp_path, env, "--no-job-worker") as service:
        assert service.stop() == 0
        assert "etrics" not in service.out + service.err


def test_files_of_dead_processes_do_not_pile_up(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"counter_{4_000_000 + number}.db").write_bytes(bytes(64))
        (tmp_path / f"gauge_livesum_{4_000_000 + number}.db").write_bytes(bytes(64))
    metrics.render(tmp_path)
    assert len(list(tmp_path.glob("counter_*"))) == 32
    assert list(tmp_path.glob("gauge_*")) == []


@measures_time
def test_half_a_question_is_not_waited_for_for_ever_and_keeps_nobody_out(
    database: str, tmp_path: Path
) -> None:
    env = environ(database_url=database, metrics_listen="127.0.0.1:0")
    with serving(tmp_path, env, "--no-job-worker") as service, ExitStack() as stack:
        url = address(service)
        host, port = url.removeprefix("http://").removesuffix("/metrics").split(":")
        silent = [
            stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))
            for _ in range(60)
        ]
        silent[0].sendall(b"GET /metrics HTTP/1.1\r\n")
        assert httpx.get(url, timeout=5).status_code == 200
        assert silent[0].recv(1) == b""
        long = socket.create_connection((host, int(port)), timeout=PATIENCE)
        long.sendall(b"GET /metrics HTTP/1.1\r\nx: " + b"y" * 20_000)
        with suppress(ConnectionError):
            assert long.recv(1) == b""
        long.close()
        assert service.answers()
