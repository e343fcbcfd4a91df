"""The order of the columns of a mapping is kept."""  # noqa: INP001 - Alembic loads it by path

from __future__ import annotations

from houselist.migrations.run import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_file("0003_mapping_order.sql")
