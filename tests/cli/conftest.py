"""A database of a module's own, and the command line in this process or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import support.cli as support_cli
from fakes.unipile.server import FakeUnipile
from fakes.unipile.world import World
from houselist import cli, logs
from houselist.ids import new_id
from support.cli import Ended, fresh_database
from support.connecting import NEW_SECRET, SETTINGS, in_thread
from support.provided import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _logs_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command sets up for its process would outlast it here."""
    monkeypatch.setattr(logs, "configure", str)


@pytest.fixture(scope="module")
def database(server_dsn: str) -> Iterator[str]:
    with fresh_database(server_dsn) as dsn:
        yield dsn


@pytest.fixture
def houselist(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], database: str
) -> Callable[..., Ended]:
    """A command in this process, which is quicker."""
    for name, value in support_cli.environ(database_url=database).items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, **settings: str) -> Ended:
        for name, value in settings.items():
            monkeypatch.setenv(f"HOUSELIST_{name.upper()}", value)
        capfd.readouterr()
        code = cli.run(arguments)
        return Ended(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="module")
def account(database: str) -> str:
    """An account group."""
    account_group_id = new_id().hex()
    values = f"('\\x{account_group_id}', 'Acme', now())"
    support_cli.execute(database, f"INSERT INTO account_groups VALUES {values}")
    return account_group_id


@pytest.fixture(scope="session")
def unipile() -> Iterator[FakeUnipile]:
    """A Unipile for all tests of a process."""
    fake = FakeUnipile(World())
    with in_thread(fake):
        yield fake


@pytest.fixture
def fake(unipile: FakeUnipile) -> Iterator[FakeUnipile]:
    """It, as it was in the beginning."""
    yield unipile
    unipile.stats.reset()
    unipile.control.plan.clear()
    unipile.control.disconnected.clear()
    unipile.control.keys = None


@pytest.fixture
def group(database: str) -> str:
    """An account group that nothing is connected to."""
    group = new_id().hex()
    support_cli.execute(
        database, f"INSERT INTO account_groups VALUES ('\\x{group}', 'Acme', now())"
    )
    return group


@pytest.fixture
def providers(houselist: Callable[..., Ended]) -> Callable[..., Ended]:
    """`houselist providers` with settings that work; what is secret is never in what it says."""

    def run(*arguments: str, **settings: str) -> Ended:
        ended = houselist("providers", *arguments, **{**SETTINGS, **settings})
        for secret in (KEY, SECRET, NEW_SECRET):
            assert secret not in ended.out + ended.err
        return ended

    return run
