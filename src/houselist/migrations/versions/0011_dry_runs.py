"""Dry runs: whom each has met so far."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_file("0011_dry_runs.sql")
