"""Lists that are worked with: who left and when, who changed what, undo and dry runs."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_file("0009_lists_at_work.sql")
