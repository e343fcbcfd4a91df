"""What every test may ask for: a real PostgreSQL, the service on it, and a tenant of its own."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import hypothesis
import pytest
from pgqueuer.qm import QueueManager

from houselist import config, logs
from houselist.app import create_app
from houselist.files import apart
from houselist.postgres import db
from houselist.postgres.embedded import Server
from support import readers
from support.clock import PATIENCE
from support.databases import drop_template, migrated_database
from support.depth import DEPTH
from support.jobs import working
from support.service import Api, Service, make_tenant
from support.temporary import take_memory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


# httpx and httpcore import it several times a request, and go without it where there is none: to find
# that out anew takes a good part of a small request.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two a core: half of what a test takes is waiting, for processes, clocks and PostgreSQL."""
    return 2 * (os.cpu_count() or 1)


# Nothing of it outlives the run, so nothing of it need survive a crash, or go to a second server.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "max_wal_size": "512MB",
    "max_connections": "200",
}


def pytest_configure(config: pytest.Config) -> None:
    """Before any process of the run starts: they all inherit it."""
    take_memory()


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Looks for no cycles among a million objects that stay, neither now nor in any later search."""
    gc.disable()
    yield
    gc.enable()
    gc.freeze()


# A usual run makes up the same examples each time, a deeper one others; neither is held to a time.
hypothesis.settings.register_profile("tests", deadline=None, derandomize=DEPTH <= 1)
hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    """A folder that the server's own user can reach, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="houselist-tests-"))
    path.chmod(0o711)
    yield path / "data"
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def server_dsn(data_dir: Path) -> Iterator[str]:
    """A PostgreSQL server for the whole run: HOUSELIST_TEST_DATABASE_URL, or an embedded one."""
    outside = os.environ.get("HOUSELIST_TEST_DATABASE_URL")
    if outside:
        yield outside
        asyncio.run(drop_template(outside))
        return
    with Server.open(data_dir, settings=SETTINGS) as server:
        yield server.dsn


@pytest.fixture(scope="session")
async def dsn(server_dsn: str) -> AsyncIterator[str]:
    """A database of this run's own, with the schema in it. Tests share it, each with a tenant of its own."""
    async with migrated_database(server_dsn, "tests") as dsn:
        yield dsn


@pytest.fixture(scope="session", autouse=True)
def _logs() -> None:
    logs.configure("info")
    # Of each request of a test it has a line, which nobody reads.
    logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.fixture(scope="session", autouse=True)
def _queue_is_verified_once() -> Iterator[None]:
    """PgQueuer asks thirty questions of the catalogue at each start of a worker: here at the first."""
    verify = QueueManager.verify_structure
    seen: set[type] = set()

    async def once(self: QueueManager) -> None:
        if type(self) not in seen:
            await verify(self)
            seen.add(type(self))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QueueManager, "verify_structure", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _readers_are_forked() -> Iterator[None]:
    """Where files are no more than what a test begins with; in tests/files they are what is tested."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apart, "_run", readers.run)
        yield


@pytest.fixture(scope="session")
async def pool(dsn: str) -> AsyncIterator[db.Pool]:
    async with db.make_pool(dsn, command_timeout=PATIENCE) as pool:
        yield pool


@pytest.fixture(scope="session")
async def service(dsn: str) -> AsyncIterator[Service]:
    """The service in this process, with the default settings but a rate limit that tests don't meet."""
    limits = {"HOUSELIST_RATE_LIMIT": "1000000/minute", "HOUSELIST_UNAUTHORIZED_LIMIT": "off"}
    settings = config.load(limits)
    async with Service.running(create_app(settings, dsn)) as service:
        yield service


@pytest.fixture
async def api(service: Service, pool: db.Pool) -> AsyncIterator[Api]:
    """A client with a key of all permissions, for an account group that nobody else has."""
    async with service.client(await make_tenant(pool)) as api:
        yield api


@pytest.fixture
async def stranger(service: Service, pool: db.Pool) -> AsyncIterator[Api]:
    """The same for another account group."""
    async with service.client(await make_tenant(pool)) as api:
        yield api


@pytest.fixture
async def anybody(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(
        transport=service.transport(), base_url="http://houselist"
    ) as client:
        yield client


@pytest.fixture(scope="module")
async def worker(dsn: str) -> AsyncIterator[None]:
    """A job worker in this process, with batches so small that tests see several.

    It goes with the file that asked for it: others have jobs that nobody must take up.
    """
    async with working(dsn):
        yield
