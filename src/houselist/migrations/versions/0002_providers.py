"""Providers, plans and credits, schedules, and what jobs need for them."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_file("0002_providers.sql")
