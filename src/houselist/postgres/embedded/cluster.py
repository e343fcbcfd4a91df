"""The database cluster on disk: made by initdb once, checked and configured before each start."""

from __future__ import annotations

import os
import pwd
import shutil
from typing import TYPE_CHECKING

from houselist.postgres.embedded.account import run
from houselist.postgres.embedded.errors import DISK_FULL, EmbeddedError
from houselist.postgres.embedded.layout import PORT, own_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from houselist.postgres.embedded.account import SystemUser
    from houselist.postgres.embedded.layout import Layout

ROLE = "houselist"
DATABASE = "houselist"
BUILTIN_LOCALES_SINCE = 17
LOG_LIMIT = 8 * 2**20  # bytes; a larger log is set aside at the next start

DEFAULTS: Mapping[str, str] = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "wal_compression": "on",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


def check_cluster(layout: Layout, account: SystemUser, major: int) -> bool:
    """Whether a cluster exists. Raises EmbeddedError if it is of another version or user."""
    pgdata = layout.pgdata
    try:
        owner = pgdata.stat().st_uid
        found = (pgdata / "PG_VERSION").read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        if pgdata.is_dir() and any(pgdata.iterdir()):
            raise EmbeddedError(
                f"{pgdata} holds files that are not a database: move them elsewhere."
            ) from None
        return False
    if owner != account.uid:
        raise EmbeddedError(
            f"The database in {pgdata} belongs to user id {owner}, but would run as"
            f" {account.name} (id {account.uid}): run Houselist as the user who owns it."
        )
    if found != str(major):
        raise EmbeddedError(
            f"The database in {pgdata} was made by PostgreSQL {found} and can't be opened by"
            f" PostgreSQL {major}: run Houselist with PostgreSQL {found} (HOUSELIST_POSTGRES_BIN),"
            " or move the data over with pg_upgrade or pg_dump."
        )
    return True


def create_cluster(
    layout: Layout, account: SystemUser, initdb: Sequence[str | Path], lock: int
) -> None:
    """Run initdb in a folder beside `pgdata`, then rename it: `pgdata` is always complete.

    initdb inherits the lock, because it goes on for a while if this process is killed.
    """
    layout.has_database.unlink(missing_ok=True)
    # Messages and character classes need a locale of the C library; few lack C.UTF-8.
    for locale in ("C.UTF-8", "C"):
        if layout.unfinished.exists():
            shutil.rmtree(layout.unfinished)
        own_folder(layout.unfinished, account, mode=0o700, for_server=True)
        done = run(account, [*initdb, f"--locale={locale}"], keep=lock)
        if done.returncode == 0 or "invalid locale" not in done.stdout:
            break
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not set up its files: {tail(done.stdout)}")
    layout.unfinished.rename(layout.pgdata)
    folder = os.open(layout.root, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def initdb_command(
    layout: Layout, binaries: Path, major: int, settings: Mapping[str, str]
) -> list[str | Path]:
    """The command line of initdb, except for the C library's locale."""
    command: list[str | Path] = [binaries / "initdb", "-D", layout.unfinished]
    command += [f"--username={ROLE}", "--encoding=UTF8", "--data-checksums"]
    # If somebody starts the cluster by hand, only its owner gets in.
    command += ["--auth-local=peer", "--auth-host=reject"]
    if major >= BUILTIN_LOCALES_SINCE:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [*command, "--no-sync"] if settings.get("fsync") == "off" else command


def write_access_rules(layout: Layout, account: SystemUser) -> None:
    """Admit only root and the server's user, over the socket, identified by the kernel."""
    names = dict.fromkeys((account.name, pwd.getpwuid(0).pw_name))
    _write(layout.config / "pg_ident.conf", [f'{ROLE} "{name}" {ROLE}' for name in names], account)
    rules = [f"local {what} {ROLE} peer map={ROLE}" for what in ("all", "replication")]
    _write(layout.config / "pg_hba.conf", rules, account)


def _write(path: Path, lines: Sequence[str], account: SystemUser) -> None:
    path.unlink(missing_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if account.switch:
        os.chown(path, 0, account.gid)
    path.chmod(0o640)


def start_command(
    layout: Layout, binaries: Path, socket_folder: Path, settings: Mapping[str, str]
) -> list[str | Path]:
    """The server's command line. Access rules come last, so settings can't override them."""
    fixed = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(socket_folder),
        "unix_socket_permissions": "0700",
        "hba_file": str(layout.config / "pg_hba.conf"),
        "ident_file": str(layout.config / "pg_ident.conf"),
        "cluster_name": layout.name,
        "logging_collector": "off",
        "log_destination": "stderr",
    }
    command: list[str | Path] = [binaries / "postgres", "-D", layout.pgdata]
    for name, value in {**DEFAULTS, **settings, **fixed}.items():
        command += ["-c", f"{name}={value}"]
    return command


def create_database(
    layout: Layout, account: SystemUser, binaries: Path, socket_folder: Path
) -> None:
    """Create the database if it is missing; safe to repeat after an interruption."""
    if layout.has_database.exists():
        return
    where = [f"--host={socket_folder}", f"--port={PORT}", f"--username={ROLE}"]
    command = [binaries / "createdb", *where, "--maintenance-db=postgres", DATABASE]
    done = run(account, command)
    if done.returncode != 0 and "already exists" not in done.stdout:
        raise EmbeddedError(f"PostgreSQL could not create the database: {tail(done.stdout)}")
    layout.has_database.touch()


def open_log(layout: Layout) -> int:
    """The log, open for appending. A large one is set aside first, replacing the previous one."""
    if layout.log.exists() and layout.log.stat().st_size > LOG_LIMIT:
        layout.log.replace(layout.log.with_suffix(".log.1"))
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(layout.log, flags, 0o600)


def tail(text: str, lines: int = 12) -> str:
    """The last lines of PostgreSQL's output, preceded by advice if the reason is known."""
    last = "\n".join(text.strip().splitlines()[-lines:])
    return f"{DISK_FULL}\n{last}" if "No space left on device" in last else f"\n{last}"
