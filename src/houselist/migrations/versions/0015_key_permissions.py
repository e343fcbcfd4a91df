"""The permissions to read and change keys, for the keys that had all."""

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    run_file("0015_key_permissions.sql")
