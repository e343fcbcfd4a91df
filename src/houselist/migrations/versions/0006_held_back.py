"""Profiles with parts held back, which are asked for again, and how many are to be looked up."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_file("0006_held_back.sql")
