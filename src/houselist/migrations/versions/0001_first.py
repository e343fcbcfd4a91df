"""The first schema, PgQueuer's tables included."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_file("0001_schema.sql")
    run_file("0001_queue.sql")
