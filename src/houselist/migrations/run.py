"""How a revision runs its SQL file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import op
from sqlalchemy.util import await_only

from houselist.migrations.distributing import place_new

VERSIONS = Path(__file__).parent / "versions"


def run_file(name: str) -> None:
    """Runs every statement of versions/`name` in the revision's transaction.

    On a cluster, tables that it makes are then distributed, where postgres/tables.py says so.
    """
    driver: Any = op.get_bind().connection.driver_connection
    # asyncpg takes several statements in one text; SQLAlchemy's layer would prepare just one.
    await_only(driver.execute((VERSIONS / name).read_text(encoding="utf-8")))
    await_only(place_new(driver))
