"""How many people each account group has, kept."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_file("0012_people_counts.sql")
