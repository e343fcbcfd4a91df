"""What a start loads: nothing that only a first start, or another setting, needs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# Takes as long as much of the rest together, and is for a database that is not at HEAD.
MIGRATING = {"alembic", "sqlalchemy"}
# The client of the store that processes share a rate limit by.
SHARING = {"valkey"}


def loaded(program: str, **settings: str) -> set[str]:
    """Top-level modules that a process has at the end of `program`."""
    told = subprocess.run(
        [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in told.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("process", ["api", "jobs"])
def test_a_process_loads_no_migrations_and_no_clients_that_its_settings_do_not_ask_for(
    process: str,
) -> None:
    found = loaded(f"import houselist.serving.{process}")
    assert {"asyncpg", "pgqueuer"} <= found
    assert not found & (MIGRATING | SHARING)


async def test_a_command_on_a_database_that_is_at_head_loads_no_migrations(dsn: str) -> None:
    listing = "from houselist import cli; assert cli.run(['accounts', 'list']) == 0"
    found = loaded(listing, HOUSELIST_DATABASE_URL=dsn)
    assert "asyncpg" in found
    assert not found & MIGRATING
