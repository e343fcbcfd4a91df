"""All SQL of merging known people. The caller holds the account group's batch lock.

A batch first removes the people who are gone, then writes its people and memberships, then joins
memberships (merged_members_store.py). So a person who joined the audience in the same batch is
treated like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.people.store import count_people
from houselist.postgres.db import rows_of
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.people.members_store import By
    from houselist.postgres.db import Connection


class Merge(NamedTuple):
    """The person who is gone, the one who is kept, and the source's row that showed it, if any."""

    gone: bytes
    kept: bytes
    row: int | None


async def forget(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> None:
    """Removes people and what they were found by. The caller tells the search of them."""
    status = await connection.execute(
        "DELETE FROM prospects WHERE account_group_id = $1 AND id = ANY($2::bytea[])",
        account_group_id,
        prospect_ids,
    )
    await count_people(connection, account_group_id, -rows_of(status))
    await connection.execute(
        "DELETE FROM prospect_identities"
        " WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])",
        account_group_id,
        prospect_ids,
    )


async def remove_people(
    connection: Connection, account_group_id: bytes, by: By, merges: Sequence[Merge]
) -> None:
    """Removes people who are gone, and notes who is kept. The caller writes the identities."""
    gone, kept, rows = [list(column) for column in zip(*merges, strict=True)]
    await note_for_search(connection, account_group_id, gone)
    await connection.execute(
        """
        WITH pair AS (SELECT * FROM unnest($2::bytea[], $3::bytea[]) AS pair (gone, kept)),
        looked_up AS (
            SELECT pair.kept, max(p.looked_up_at) AS looked_up_at,
                   max(p.email_sought_at) AS email_sought_at
            FROM prospects p JOIN pair ON pair.gone = p.id
            WHERE p.account_group_id = $1 GROUP BY pair.kept
        )
        UPDATE prospects k SET looked_up_at = greatest(k.looked_up_at, l.looked_up_at),
            email_sought_at = greatest(k.email_sought_at, l.email_sought_at)
        FROM looked_up l WHERE k.account_group_id = $1 AND k.id = l.kept
        """,
        account_group_id,
        gone,
        kept,
    )
    await forget(connection, account_group_id, gone)
    # Earlier merges into a person who is gone lead on to who is kept, so one look-up is enough.
    await connection.execute(
        """
        UPDATE prospect_merges m SET kept_id = pair.kept
        FROM unnest($2::bytea[], $3::bytea[]) AS pair (gone, kept)
        WHERE m.account_group_id = $1 AND m.kept_id = pair.gone
        """,
        account_group_id,
        gone,
        kept,
    )
    await connection.execute(
        """
        INSERT INTO prospect_merges
            (account_group_id, prospect_id, kept_id, job_id, row, merged_at, key_id)
        SELECT $1, pair.gone, pair.kept, $4, pair.row, date_trunc('milliseconds', now()), $6
        FROM unnest($2::bytea[], $3::bytea[], $5::bigint[]) AS pair (gone, kept, row)
        """,
        account_group_id,
        gone,
        kept,
        by.job_id,
        rows,
        by.key_id,
    )
