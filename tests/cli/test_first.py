"""The first start ever: a terminal is shown the key, and nothing else that is written down has it."""

from __future__ import annotations

import os
import pty
import re
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.cli import COMMAND, environ, execute, fresh_database, run

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = re.compile(r"hl_live_[0-9A-Za-z]{49}")


@pytest.fixture
def database(server_dsn: str) -> Iterator[str]:
    with fresh_database(server_dsn) as dsn:
        yield dsn


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    people = tmp_path / "people.csv"
    people.write_text("email\nada@example.org\n")
    return ["import", str(people), "--audience", "Staff"]


def test_where_output_is_no_terminal_the_key_is_in_a_file_for_the_owner_alone(
    database: str, command: list[str], tmp_path: Path
) -> None:
    env = environ(database_url=database, data_dir=str(tmp_path / "not" / "yet there"))
    old = os.umask(0)  # whatever people have
    try:
        done = run(*command, env=env).expect(0)
    finally:
        os.umask(old)
    assert not KEY.search(done.out + done.err)
    path = Path(re.search(r"^  Key file       (/.+)$", done.out, re.MULTILINE)[1])
    assert path == tmp_path / "not" / "yet there" / "first-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(KEY.findall(path.read_text())) == 1
    # The line that people are told to try has what it needs from there.
    line = next(line for line in done.out.splitlines() if line.startswith("  . "))
    shown = subprocess.run(
        ["sh", "-c", line.replace("curl", "echo")], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(rf"Bearer {KEY.pattern} http://127.0.0.1:8000/v1/accounts/\w{{24}}/aud", shown)
    again = run(*command, env=env).expect(0)
    assert "first-key" not in again.out + again.err


def test_a_terminal_is_shown_the_key_and_no_file_has_it(
    database: str, command: list[str], tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    folder = tmp_path / "data"
    env = environ(database_url=database, data_dir=str(folder))
    process = subprocess.Popen(
        [*COMMAND, *command], env=env, stdout=theirs, stderr=subprocess.DEVNULL, stdin=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:  # how Linux says that nobody has the other side any more
        pass
    assert process.wait(timeout=60) == 0
    os.close(ours)
    assert len(set(KEY.findall(shown.decode()))) == 1
    assert not folder.exists()


def test_with_json_standard_output_has_one_object_and_the_path_is_told_beside_it(
    database: str, command: list[str], tmp_path: Path
) -> None:
    env = environ(database_url=database, data_dir=str(tmp_path))
    done = run(*command, "--json", env=env).expect(0)
    assert done.json["status"] == "completed"
    assert f"  Key file       {tmp_path}/first-key\n" in done.err
    assert not KEY.search(done.out + done.err)


def test_no_file_is_overwritten_nor_a_link_followed(
    database: str, command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "first-key").symlink_to(tmp_path / "elsewhere")
    done = run(*command, env=environ(database_url=database, data_dir=str(tmp_path))).expect(0)
    path = Path(re.search(r"^  Key file       (/.+)$", done.out, re.MULTILINE)[1])
    assert re.fullmatch(r"first-key-[0-9a-f]{24}", path.name)
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_that_can_t_be_kept_is_not_made(
    database: str, command: list[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    env = environ(database_url=database, data_dir=str(tmp_path / "file" / "below"))
    done = run(*command, env=env).expect(1)
    assert "HOUSELIST_DATA_DIR" in done.err
    assert execute(database, "SELECT * FROM account_groups") == []
    assert execute(database, "SELECT * FROM api_keys") == []
