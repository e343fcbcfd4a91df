"""What account groups may have, and how much is stored of their uploads."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_file("0003_limits.sql")
