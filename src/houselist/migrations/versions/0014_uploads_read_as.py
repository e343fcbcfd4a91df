"""How a file was read, kept with its upload."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_file("0014_uploads_read_as.sql")
