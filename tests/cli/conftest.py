"""A database of a module's own, and the command line in this process or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import support_cli
from houselist import cli, logs
from houselist.ids import new_id
from support_cli import Ended, fresh_database

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
