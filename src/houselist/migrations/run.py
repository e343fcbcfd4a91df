"""How a revision runs its SQL file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import op
from sqlalchemy.util import await_only

from houselist.migrations.distributing import place_new

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = Path(__file__).parent / "versions"


def run_file(name: str) -> None:
    """Runs every statement of versions/`name` in the revision's transaction.

    On a cluster, tables that it makes are then distributed, where postgres/tables.py says so. So a
    foreign key to a table that is distributed already belongs in a file that is run afterwards.
    """
    driver: Any = op.get_bind().connection.driver_connection
    for statement in statements((VERSIONS / name).read_text(encoding="utf-8")):
        await_only(driver.execute(statement))
    await_only(place_new(driver))


def statements(text: str) -> Iterator[str]:
    """The statements of an SQL file, each of which ends at the end of a line.

    A cluster hands on the text of what it is given to every node, so that must be one statement.
    """
    lines: list[str] = []
    in_body = False
    for line in text.splitlines():
        code = line.partition("--")[0].rstrip()
        in_body ^= code.count("$$") % 2 == 1
        lines.append(line)
        if code.endswith(";") and not in_body:
            yield "\n".join(lines)
            lines.clear()
    if any(lines):
        yield "\n".join(lines)
