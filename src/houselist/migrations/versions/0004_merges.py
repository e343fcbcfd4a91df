"""People merged into one, what else they are known by, and jobs that replace what is known."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_file("0004_merges.sql")
