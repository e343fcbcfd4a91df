"""No index of people's history by job: nothing reads it so."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_file("0016_history_by_job.sql")
