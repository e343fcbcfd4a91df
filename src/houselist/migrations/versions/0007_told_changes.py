"""Changes of a job are told by the statements that make them, and no longer by a trigger."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_file("0007_told_changes.sql")
