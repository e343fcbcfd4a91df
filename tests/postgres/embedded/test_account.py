"""The system user that root hands PostgreSQL to."""

from __future__ import annotations

import os
import pwd
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from houselist.postgres.embedded import account

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# Stands in for the host's own, whose users a test must not touch: slow, and without a lock.
USERADD = """#!/bin/sh
read -r made < "$0.made"
sleep 0.2
echo $((made + 1)) > "$0.made"
"""


def test_processes_that_start_at_once_on_a_new_host_make_one_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    useradd, made = tmp_path / "useradd", tmp_path / "useradd.made"
    useradd.write_text(USERADD)
    useradd.chmod(0o755)
    made.write_text("0\n")

    def look_up() -> pwd.struct_passwd | None:
        # The user's id changes each time that it is made.
        number = int(made.read_text() or 0)
        fields = ("houselist", "x", 1000 - number, 1000, "", "/nonexistent", "/usr/sbin/nologin")
        return pwd.struct_passwd(fields) if number else None

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(account, "_lookup", look_up)
    with ThreadPoolExecutor(4) as processes:
        found = list(processes.map(lambda _: account.server_account(), range(4)))
    assert {each.uid for each in found} == {999}
    assert made.read_text() == "1\n"
