"""A version of an account group's people, and room in memberships for those seen again."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_file("0008_people_versions.sql")
