"""Finding people by their texts, and everybody of an account group in order."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_file("0010_search.sql")
