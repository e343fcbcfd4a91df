"""The data under measurement: 200 folders, 10,000 audiences, one filled by a job with everybody."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from houselist.accounts import store as accounts
from houselist.keys import store as keys
from houselist.keys import tokens
from houselist.permissions import Permission
from houselist.postgres import db

FOLDERS, AUDIENCES = 200, 10_000

_FOLDERS_SQL = """
    INSERT INTO folders (account_group_id, id, name, name_key, audience_type, position, is_pinned,
                         created_at, updated_at)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Folder ' || n, 'folder ' || n, 'on_demand',
           n, n % 20 = 0, now(), now()
    FROM generate_series(1, $2::int) n
"""
_AUDIENCES_SQL = """
    INSERT INTO audiences (account_group_id, id, name, name_key, type, description, folder_id,
                           created_at)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'Heads of sales, region ' || n,
           'heads of sales, region ' || n, 'on_demand', 'People we met in quarter ' || n % 4,
           CASE WHEN n % 10 = 0 THEN NULL
                ELSE decode(lpad(to_hex(1 + n % $3::int), 24, '0'), 'hex') END,
           date_trunc('milliseconds', now() - n * interval '1 minute')
    FROM generate_series(1, $2::int) n
"""
_PROSPECTS_SQL = """
    INSERT INTO prospects (account_group_id, id, public_identifier, provider_id, email, first_name,
        last_name, name, headline, title, location, company_name, attributes, created_at)
    SELECT $1, decode(lpad(to_hex(n), 24, '0'), 'hex'), 'avery-stone-' || n, 'S' || n,
           'avery.' || n || '@acme.example', 'Avery', 'Stone ' || n, 'Avery Stone ' || n,
           'Head of sales at Acme ' || n % 1000, 'Head of sales', 'Berlin', 'Acme ' || n % 1000,
           '{"Segment": "mid-market"}', now()
    FROM generate_series($2::int, $3::int) n
"""
_MEMBERS_SQL = """
    INSERT INTO memberships (account_group_id, audience_id, position, prospect_id, seen_by_job_id,
                             added_at)
    SELECT $1, $2, n, decode(lpad(to_hex(n), 24, '0'), 'hex'), $2, now()
    FROM generate_series($3::int, $4::int) n
"""
# The job has the audience's id, and its file has been let go.
_JOB_SQL = """
    WITH upload AS (
        INSERT INTO uploads (account_group_id, id, columns, suggested_mapping, row_count,
                             created_at, completed_at, let_go_at, purged_at)
        VALUES ($1, $2, '{}', '{}', $3::bigint, now(), now(), now(), now())
    ), filled AS (
        UPDATE audiences SET prospect_count = $3::bigint, next_position = $3::bigint + 1
        WHERE account_group_id = $1 AND id = $2
    )
    INSERT INTO prospecting_jobs (account_group_id, id, source_type, audience_id, status, upload_id,
        mapping, total_rows, position, added, import_status, enrichment_status, progress,
        created_at, updated_at)
    VALUES ($1, $2, 'file_upload', $2, 'completed', $2, '{}', $3::bigint, $3::bigint, $3::bigint,
            'completed', 'completed', 1, now(), now())
"""
_ROWS_SQL = """
    INSERT INTO prospecting_rows (account_group_id, job_id, row, outcome, prospect_id)
    SELECT $1, $2, n, 'added', decode(lpad(to_hex(n), 24, '0'), 'hex')
    FROM generate_series($3::int, $4::int) n
"""
_STEP = 100_000
# Rows beyond which indexes are made after the rows, which takes a third of the time.
_MANY = 500_000
_TABLES = ("prospects", "memberships", "prospecting_rows")
_INDEXES_SQL = """
    SELECT i.indexrelid::regclass::text AS index, pg_get_indexdef(i.indexrelid) AS made_by,
           c.conname AS key, pg_get_constraintdef(c.oid) AS key_made_by
    FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
    WHERE i.indrelid = $1::text::regclass
"""


@dataclass
class DataSet:
    """Where the data are and the key that opens them."""

    group: str
    audience: str
    token: str


async def make_tenant(pool: db.Pool, name: str) -> tuple[str, str]:
    """An account group and a key with all permissions: (id, key)."""
    token = tokens.new_token()
    async with db.transaction(pool) as connection:
        group = await accounts.create(connection, name)
        await keys.create(
            connection,
            digest=tokens.digest(token),
            name="benchmark",
            permissions=list(Permission),
            account_group_ids=[bytes.fromhex(group.id)],
            expires_at=None,
        )
    return group.id, token


async def add_people(connection: asyncpg.Connection, group: bytes, first: int, last: int) -> None:
    """People of these numbers, which are their ids as well."""
    await connection.execute(_PROSPECTS_SQL, group, first, last)


async def build(dsn: str, prospects: int) -> DataSet:
    """Makes everything anew in an empty database, and settles it (VACUUM, ANALYZE, checkpoint)."""
    async with db.make_pool(dsn) as pool:
        group, token = await make_tenant(pool, "Benchmark")
    group_id = bytes.fromhex(group)
    audience_id = (1).to_bytes(12, "big")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_FOLDERS_SQL, group_id, FOLDERS)
        await connection.execute(_AUDIENCES_SQL, group_id, AUDIENCES, FOLDERS)
        await connection.execute(_JOB_SQL, group_id, audience_id, prospects)
        async with _indexed_after(connection, prospects):
            for first in range(1, prospects + 1, _STEP):
                last = min(first + _STEP - 1, prospects)
                await add_people(connection, group_id, first, last)
                await connection.execute(_MEMBERS_SQL, group_id, audience_id, first, last)
                await connection.execute(_ROWS_SQL, group_id, audience_id, first, last)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return DataSet(group, audience_id.hex(), token)


@asynccontextmanager
async def _indexed_after(connection: asyncpg.Connection, rows: int):
    """The large tables without their indexes, if so many rows come."""
    if rows <= _MANY:
        yield
        return
    made_by: list[str] = []
    for table in _TABLES:
        for index in await connection.fetch(_INDEXES_SQL, table):
            if index["key"]:
                await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {index['key']}")
                key = f"CONSTRAINT {index['key']} {index['key_made_by']}"
                made_by.append(f"ALTER TABLE {table} ADD {key}")
            else:
                await connection.execute(f"DROP INDEX {index['index']}")
                made_by.append(index["made_by"])
    yield
    await connection.execute("SET maintenance_work_mem = '1GB'")
    for statement in made_by:
        await connection.execute(statement)
