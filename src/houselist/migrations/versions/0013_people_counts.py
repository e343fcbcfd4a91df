"""How many people each account group has, kept."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_file("0013_people_counts.sql")
