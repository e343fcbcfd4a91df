"""What the embedded server can't do, it says clearly, and before it has changed anything."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from houselist.postgres.embedded import EmbeddedError, Server, default_data_dir

FAST = {"fsync": "off", "shared_buffers": "16MB"}
POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="shows what happens when root runs it")


@as_root
def test_directory_below_a_closed_folder_is_refused_untouched(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match=r"can't reach.*closed.*0700.*HOUSELIST_DATA_DIR"):
        Server.open(closed / "deep" / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not any(closed.iterdir())


@as_root
def test_closed_folder_with_other_things_in_it_is_not_opened_to_the_server(place):
    home = place / "home"
    home.mkdir(mode=0o700)
    (home / "letters").touch()
    with pytest.raises(EmbeddedError, match="can't reach"):
        Server.open(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [each.name for each in home.iterdir()] == ["letters"]


@as_root
def test_empty_closed_folder_of_roots_is_taken_and_stays_closed_to_others(place, programs):
    fresh = place / "fresh"
    fresh.mkdir(mode=0o700)
    Server.open(fresh, binaries=programs, settings=FAST).close()
    assert stat.S_IMODE(fresh.stat().st_mode) & 0o007 == 0


def test_file_in_place_of_the_directory_is_refused(place):
    (place / "file").touch()
    with pytest.raises(EmbeddedError, match="is not a folder"):
        Server.open(place / "file")
    with pytest.raises(EmbeddedError, match="is not a folder"):
        Server.open(place / "file" / "data")


def test_directory_that_everybody_may_write_to_is_refused(place):
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(EmbeddedError, match="Everybody may write"):
        Server.open(shared)
    assert not any(shared.iterdir())


def test_folder_of_other_files_is_not_taken_for_a_database(place, programs):
    (place / "data" / "postgres").mkdir(parents=True)
    (place / "data" / "postgres" / "letters").touch()
    with pytest.raises(EmbeddedError, match="holds files that are not a database"):
        Server.open(place / "data", binaries=programs)
    assert (place / "data" / "postgres" / "letters").exists()


def test_failed_start_shows_what_postgresql_said_and_leaves_nothing_running(data_dir, living):
    with pytest.raises(EmbeddedError, match=r'(?s)did not start.*"shared_buffers": "a lot"'):
        Server.open(data_dir, settings={"shared_buffers": "a lot"})
    assert living(data_dir) == []
    Server.open(data_dir, settings=FAST).close()


def test_folder_without_programs_is_refused(data_dir, place):
    with pytest.raises(EmbeddedError, match=r"postgres does not exist.*15 or newer"):
        Server.open(data_dir, binaries=place / "nowhere")


def test_closed_stay_is_not_revived(open_server):
    server = open_server()
    server.close()
    server.close()
    with pytest.raises(EmbeddedError, match="already closed"):
        server.ensure_running()


@pytest.mark.skipif(not POSTGRES_15.is_dir(), reason="NOT TESTED: no PostgreSQL 15 on this host")
def test_hosts_own_postgresql_serves_and_its_data_is_refused_to_another_version(place, ask):
    data_dir = place / "data"
    with Server.open(data_dir, binaries=POSTGRES_15, settings=FAST) as server:
        assert ask(server.dsn, "SHOW server_version").startswith("15.")
        assert ask(server.dsn, "SHOW data_checksums") == "on"
        assert ask(server.dsn, "SELECT lower('ÅSA')") == "åsa"
    assert not (data_dir / "binaries").exists()
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 15 .* PostgreSQL 18"):
        Server.open(data_dir, settings=FAST)
    with Server.open(data_dir, binaries=POSTGRES_15, settings=FAST) as server:
        assert ask(server.dsn, "SELECT 1") == 1


def test_default_directory_follows_the_user(monkeypatch):
    assert os.geteuid() != 0 or default_data_dir() == Path("/var/lib/houselist")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/me")
    assert default_data_dir() == Path("/srv/me/houselist")
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert default_data_dir() == Path.home() / ".local/share/houselist"
