"""The operating system user that runs the server, and running commands as that user.

PostgreSQL refuses to run as root, so root gives it a system user of its own.
"""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from houselist.postgres.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "houselist"
_USERS = "/etc/passwd"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """`switch` is set when root runs Houselist: commands must first switch to this user."""

    name: str
    uid: int
    gid: int
    switch: bool


def server_account() -> SystemUser:
    """Who runs the server: the current user, or for root a system user, made if it is missing."""
    uid = os.geteuid()
    if uid != 0:
        try:
            own = pwd.getpwuid(uid)
        except KeyError:
            raise EmbeddedError(
                f"PostgreSQL needs a user name, but the user id {uid} has none on this host."
                " Run Houselist as a user who is listed in /etc/passwd."
            ) from None
        return SystemUser(own.pw_name, uid, os.getegid(), switch=False)
    found = _lookup() or _make()
    if found.pw_uid == 0:
        raise EmbeddedError(
            f"The system user {NAME} has user id 0, which is root's: give it an id of its own."
        )
    return SystemUser(NAME, found.pw_uid, found.pw_gid, switch=True)


def _lookup() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _make() -> pwd.struct_passwd:
    """Makes the user, one process at a time; a process that waited finds it made."""
    # On some hosts useradd's own lock lets two through, and the second changes the user's id.
    with Path(_USERS).open("rb") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        return _lookup() or _create()


def _create() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    advice = (
        f"When root runs Houselist, the database needs a system user named {NAME}. Make one,"
        " or run Houselist as an ordinary user."
    )
    if useradd is None:
        raise EmbeddedError(f"{advice} (Houselist can't: this host has no useradd.)")
    group = ["--gid", NAME] if _group_exists() else ["--user-group"]
    home = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    made = subprocess.run(
        [useradd, "--system", *group, *home, NAME], capture_output=True, text=True, check=False
    )
    # Another program may have made it meanwhile: then useradd fails, but the user exists.
    found = _lookup()
    if found is None:
        raise EmbeddedError(f"{advice} (useradd failed: {made.stderr.strip()})")
    return found


def _group_exists() -> bool:
    try:
        grp.getgrnam(NAME)
    except KeyError:
        return False
    return True


def run(
    account: SystemUser, command: Sequence[str | Path], *, log: int | None = None, keep: int = -1
) -> subprocess.CompletedProcess[str]:
    """Run a command as the account, shielded from the terminal's Ctrl-C and from PG* variables.

    Output goes to the descriptor `log` if given; otherwise it is captured. The command and all its
    children inherit the descriptor `keep`.
    """
    keepers = {"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    return subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if log is None else log,
        stderr=subprocess.STDOUT,
        pass_fds=() if keep < 0 else (keep,),
        env={k: v for k, v in os.environ.items() if k in keepers} | {"LC_ALL": "C"},
        cwd="/",
        user=account.uid if account.switch else None,
        group=account.gid if account.switch else None,
        extra_groups=[] if account.switch else None,
        umask=0o077,
        start_new_session=True,
        text=True,
        errors="replace",
        check=False,
    )


def can_enter(account: SystemUser, path: Path) -> bool:
    """Whether the account may enter this folder or run this file; the kernel decides."""
    return run(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", path]).returncode == 0


def send_signal(account: SystemUser, signal: str, pids: Sequence[int]) -> None:
    """Signal processes as the account, so a forged process id can't make root signal others."""
    if pids:
        names = [str(pid) for pid in pids]
        run(account, ["/bin/sh", "-c", 'kill -s "$@"', "sh", signal, *names])
