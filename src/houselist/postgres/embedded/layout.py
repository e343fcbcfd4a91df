"""Where things are in the data directory, and making its folders without touching any others.

When root runs Houselist, the data directory belongs to root, and the server's user may only pass
through it: a compromised server can't replace what root opens or runs there.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from houselist.postgres.embedded.account import SystemUser, can_enter
from houselist.postgres.embedded.errors import EmbeddedError

MAX_SOCKET = 103  # bytes of a socket's path: 107 on Linux, 103 on macOS
PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"


@dataclass(frozen=True, slots=True)
class Layout:
    root: Path
    pgdata: Path
    unfinished: Path  # where initdb works until it is done
    binaries: Path
    config: Path
    log: Path
    users_lock: Path
    lifecycle_lock: Path
    server_lock: Path
    has_database: Path  # exists once the database has been created in pgdata
    name: str  # tells this server's processes from others


def default_data_dir() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/houselist")
    base = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification says to ignore a relative path.
    return (Path(base) if base.startswith("/") else Path.home() / ".local/share") / "houselist"


def layout_of(data_dir: Path) -> Layout:
    root = data_dir.expanduser().resolve()
    locks = root / "locks"
    return Layout(
        root=root,
        pgdata=root / "postgres",
        unfinished=root / "postgres.new",
        binaries=root / "binaries",
        config=root / "config",
        log=root / "postgres.log",
        users_lock=locks / "users",
        lifecycle_lock=locks / "turn",  # an older name, kept so that every version takes this lock
        server_lock=locks / "server",
        has_database=root / "config" / "database-created",
        name=f"houselist-{hashlib.sha256(os.fsencode(root)).hexdigest()[:12]}",
    )


def prepare(data_dir: Path, account: SystemUser) -> Layout:
    """Make the data directory and its folders, or refuse before making anything."""
    layout = layout_of(data_dir)
    root = layout.root
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    _refuse_unreachable(root, missing[-1].parent if missing else root.parent, account)
    for folder in reversed(missing[1:]):
        folder.mkdir(mode=0o755, exist_ok=True)
        if account.switch:  # the server's user must get through, whatever the umask
            folder.chmod(0o755)
    if missing:
        own_folder(root, account, mode=0o710)
    else:
        _check_existing(root, account)
    own_folder(layout.users_lock.parent, account, mode=0o700)
    own_folder(layout.config, account, mode=0o710)
    return layout


def _refuse_unreachable(root: Path, standing: Path, account: SystemUser) -> None:
    if not standing.is_dir():
        raise EmbeddedError(f"The data directory {root} can't be made: {standing} is not a folder.")
    if account.switch and not can_enter(account, standing):
        chain = (*reversed(standing.parents), standing)
        raise _unreachable(root, next(each for each in chain if not can_enter(account, each)))


def _unreachable(root: Path, closed: Path) -> EmbeddedError:
    return EmbeddedError(
        f"The system user that runs the database can't reach the data directory {root}:"
        f" {closed} is closed to it (mode {stat.S_IMODE(closed.stat().st_mode):04o})."
        " Choose another directory with HOUSELIST_DATA_DIR (/var/lib/houselist, say),"
        " or open that folder yourself."
    )


def _check_existing(root: Path, account: SystemUser) -> None:
    if not root.is_dir():
        raise EmbeddedError(
            f"The data directory {root} is not a folder: choose another with HOUSELIST_DATA_DIR."
        )
    about = root.stat()
    if about.st_mode & stat.S_IWOTH:
        raise EmbeddedError(
            f"Everybody may write to the data directory {root}: forbid that (chmod o-w),"
            " or choose a folder inside it."
        )
    if not account.switch or can_enter(account, root):
        return
    # An empty folder of root's, or one that we set up earlier, may be opened to the server's user.
    # Any other, such as root's home, keeps its mode.
    ours = (root / "locks").is_dir() or not any(root.iterdir())
    if about.st_uid != 0 or not ours:
        raise _unreachable(root, root)
    own_folder(root, account, mode=0o710)


def own_folder(path: Path, account: SystemUser, *, mode: int, for_server: bool = False) -> None:
    """Make a folder for us or the server, or correct its mode. Refuses links and others' folders.

    Without root there is only one user, and the group gets no access.
    """
    owner = account.uid if for_server else os.geteuid()
    mode = mode if account.switch else mode & 0o700
    path.mkdir(mode=0o700, exist_ok=True)
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except NotADirectoryError:
        raise EmbeddedError(f"{path} is a link or a file, not a folder: remove it.") from None
    try:
        about = os.fstat(folder)
        if about.st_uid not in {os.geteuid(), account.uid}:
            raise EmbeddedError(
                f"{path} belongs to another user (id {about.st_uid}): run Houselist as that user,"
                " or choose another data directory with HOUSELIST_DATA_DIR."
            )
        if account.switch and (about.st_uid, about.st_gid) != (owner, account.gid):
            os.fchown(folder, owner, account.gid)
        if stat.S_IMODE(about.st_mode) != mode:
            os.fchmod(folder, mode)
    finally:
        os.close(folder)


def socket_folder(layout: Layout, account: SystemUser) -> Path:
    """The socket's folder: in the data directory, or elsewhere if that path is too long or odd.

    A comma or a space would split it in PostgreSQL's settings and in connection strings.
    """
    inside = layout.root / "socket"
    socket = os.fsencode(inside / SOCKET)
    if len(socket) <= MAX_SOCKET and re.fullmatch(r"[\w./+-]+", str(inside), re.ASCII):
        return inside
    in_run = account.switch and os.access("/run", os.W_OK)
    # Others may plant something under this well-known name; own_folder refuses that.
    short = "/run" if in_run else "/tmp"  # noqa: S108 - see above
    return Path(short) / f"{layout.name}-{account.uid}"
