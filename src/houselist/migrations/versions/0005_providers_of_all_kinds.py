"""Providers of all kinds, each with a budget of its own kinds."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_file("0005_providers_of_all_kinds.sql")
