"""Keeping PostgreSQL's statistics of tables true after large changes of them.

Autovacuum looks once a minute, and until then plans are made for the few people that there were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

# Those that have a row for each person, member or row of a source.
_LARGE: Final = (
    "prospects",
    "prospect_identities",
    "prospect_merges",
    "memberships",
    "left_members",
    "search_texts",
    "search_values",
    "value_changes",
    "prospecting_rows",
)
# Where more rows than this, and a larger part of all, were written since a table was analyzed, the
# plans may be wrong. A table that grows from nothing to a million is analyzed 30 times at most.
_MIN_CHANGED: Final = 1_000
_SHARE: Final = 0.25


async def refresh(connection: Connection) -> list[str]:
    """Analyzes tables that changed a lot since they last were; which ones.

    One that is being analyzed is passed over. On a cluster, its servers see to their tables.
    """
    rows = await connection.fetch(
        """
        SELECT relname FROM pg_stat_user_tables
        WHERE schemaname = 'public' AND relname = ANY($1::text[])
          AND n_mod_since_analyze > $2::bigint + $3::float8 * (n_live_tup - n_mod_since_analyze)
        """,
        _LARGE,
        _MIN_CHANGED,
        _SHARE,
    )
    stale = {row[0] for row in rows}
    for table in _LARGE:
        if table in stale:
            await connection.execute(f"ANALYZE (SKIP_LOCKED) {table}")
    return sorted(stale)
