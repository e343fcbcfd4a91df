"""Which database a command uses, and what it says when that can't be used."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import support.cli as support_cli
from houselist import cli, migrations
from houselist.postgres.revision import HEAD
from support.cli import environ, execute, fresh_database
from support.listening import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.cli import Ended

    Command = Callable[..., Ended]


@pytest.fixture(scope="module")
def database(server_dsn: str) -> Iterator[str]:
    """One without a schema."""
    with fresh_database(server_dsn, migrated=False) as dsn:
        yield dsn


def test_a_database_of_ones_own_is_migrated_only_when_asked(
    houselist: Command, database: str
) -> None:
    for command in (["accounts", "list"], ["keys", "list", "--json"], ["export", "CTOs"]):
        refused = houselist(*command).expect(1)
        assert "houselist migrate" in refused.err
        assert refused.out == ""
    assert not execute(database, "SELECT 1 FROM pg_tables WHERE tablename = 'account_groups'")
    for _ in range(2):
        assert HEAD in houselist("migrate").expect(0).out
    houselist("accounts", "list").expect(0)


def test_migrating_twice_at_once_is_harmless(server_dsn: str) -> None:
    with fresh_database(server_dsn, migrated=False) as dsn:

        async def both() -> None:
            await asyncio.gather(
                *(asyncio.to_thread(migrations.migrate_now, dsn) for _ in range(2))
            )

        asyncio.run(both())
        assert execute(dsn, "SELECT version_num FROM alembic_version")[0][0] == HEAD


def test_a_newer_schema_is_left_alone(
    server_dsn: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database(server_dsn, migrated=False) as dsn:
        execute(dsn, "CREATE TABLE alembic_version AS SELECT '9999' AS version_num")
        monkeypatch.setenv("HOUSELIST_DATABASE_URL", dsn)
        assert cli.run(["migrate"]) == 1
        assert "newer Houselist" in capsys.readouterr().err


def test_a_database_out_of_reach_is_told_without_its_password(houselist: Command) -> None:
    url = f"postgresql://somebody:hunter2@127.0.0.1:{free_port()}/houselist"
    told = [
        houselist(*command, database_url=url) for command in (["accounts", "list"], ["migrate"])
    ]
    with ThreadPoolExecutor() as threads:
        commands = ["serve", "--port", str(free_port())], ["worker"]
        env = environ(database_url=url)
        told += threads.map(lambda command: support_cli.run(*command, env=env), commands)
    for each in told:
        assert "can't be reached" in each.expect(1).err
        assert "hunter2" not in each.err
        assert each.out == ""


def test_a_database_url_that_is_none_is_wrong_usage(houselist: Command) -> None:
    told = houselist("accounts", "list", database_url="postgresql://host:port/x").expect(2)
    assert "HOUSELIST_DATABASE_URL" in told.err


# Odd characters, and what PostgreSQL's address means with them as they are.
ODD = [
    "hun#ter2",
    "12#hunter2",
    "hun/ter2",
    "12/hunter2",
    "hun?ter2",
    "12?hunter2",
    "hun ter2",
    "[hunter2",
    "hun\\ter2",
    "12/hunter2?",
    "hun\tter2",
    "#hunter2",
    "12/x?hunter2=1#",
]


@pytest.mark.parametrize("password", ODD)
def test_a_password_that_breaks_the_address_is_never_printed(
    password: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql://somebody:{password}@127.0.0.1:1/houselist"
    monkeypatch.setenv("HOUSELIST_DATABASE_URL", url)
    for command in (["accounts", "list"], ["migrate"], ["worker"], ["serve"]):
        assert cli.run(command) == 2
        told = "".join(capsys.readouterr())
        assert "%23 for #" in told
        for part in ("hunter2", "ter2", "hun", "12", "somebody"):
            assert part not in told


@pytest.mark.parametrize(
    "password", ["hun%23ter2", "hun%2Fter2", "hun:ter2", "hun@ter2", "hun%ter2", "hün&ter2=1"]
)
def test_a_password_of_a_whole_address_is_not_printed_either(
    password: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (
        f"postgresql://somebody:{password}@127.0.0.1:{free_port()}/houselist",
        f"postgresql://127.0.0.1:{free_port()}/houselist?user=somebody&password=hun%23ter2",
    ):
        monkeypatch.setenv("HOUSELIST_DATABASE_URL", url)
        assert cli.run(["accounts", "list"]) == 1
        told = "".join(capsys.readouterr())
        assert "houselist at 127.0.0.1" in told
        assert "hun" not in told
        assert "ter2" not in told


def test_a_missing_database_is_named(houselist: Command, database: str) -> None:
    assert (
        "nosuch"
        in houselist("accounts", "list", database_url=database.replace("houselist_cli", "nosuch"))
        .expect(1)
        .err
    )
