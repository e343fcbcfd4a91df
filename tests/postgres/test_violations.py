"""Which constraint a statement violates: told by PostgreSQL in a field, by a cluster in the message."""

from __future__ import annotations

import asyncpg
import pytest

from houselist.postgres import db


@pytest.mark.parametrize(
    "message",
    [
        'duplicate key value violates unique constraint "folders_name_102015"',
        "doppelter Schlüsselwert verletzt Unique-Constraint »folders_name_102015«",
    ],
)
def test_a_cluster_tells_it_by_the_name_of_a_shards_constraint(message: str) -> None:
    error = asyncpg.UniqueViolationError(message)
    assert db.violates(error, "folders_name")
    assert not db.violates(error, "folders")
    assert not db.violates(error, "audiences_name")


def test_one_postgresql_tells_it_by_its_very_name() -> None:
    error = asyncpg.UniqueViolationError('violates unique constraint "folders_name"')
    error.constraint_name = "folders_name"
    assert db.violates(error, "folders_name")
    assert not db.violates(error, "folders_name_key")
