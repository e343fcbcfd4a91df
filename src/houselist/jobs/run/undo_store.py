"""All SQL of a running undo: what the job did that it takes back, and taking it back.

The caller holds one transaction around a batch, with the account group's batch lock.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from houselist.jobs.changes_store import change_job
from houselist.people.merges_store import forget
from houselist.people.undoing import Noted
from houselist.postgres.tables import NO_ID
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from houselist.postgres.db import Connection

_decode = msgspec.json.Decoder(dict[str, Any]).decode

# What is asked of each person, whichever way the job's people are found.
_FACTS = """
    f.row, f.outcome = 'added', f.prospect_id, p.id, p.made_by_job_id, m.position,
           m.seen_by_job_id, m.added_at
    FROM found f
    LEFT JOIN prospects p ON p.account_group_id = $1 AND p.id = f.prospect_id
    LEFT JOIN memberships m ON m.account_group_id = $1 AND m.prospect_id = p.id
        AND (m.audience_id = $3) IS TRUE
    ORDER BY f.row
"""
# Of those who turned out to be one, the ledger may name who is gone.
_BY_LEDGER = f"""
    WITH found AS (
        SELECT r.row, r.outcome, coalesce(g.kept_id, r.prospect_id) AS prospect_id
        FROM prospecting_rows r
        LEFT JOIN prospect_merges g ON g.account_group_id = $1 AND g.prospect_id = r.prospect_id
        WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row > $4 AND r.row <= $5
          AND r.outcome IN ('added', 'alreadyMember')
    )
    SELECT {_FACTS}
"""
# A combination has no ledger: whom it added is in the list, from a certain position on.
_BY_POSITION = f"""
    WITH found AS (
        SELECT j.position - $6 + 1 AS row, 'added' AS outcome, j.prospect_id
        FROM memberships j
        WHERE j.account_group_id = $1 AND j.audience_id = $3 AND $2::bytea IS NOT NULL
          AND j.position >= $6::bigint + $4 AND j.position < $6 + $5::bigint
    )
    SELECT {_FACTS}
"""


class Undone(NamedTuple):
    """A job that is being taken back. `list_id`: its audience's present list of members.

    None if the audience was deleted. `first_position`: of whom it added.
    """

    job_id: bytes
    source_type: str
    created_at: datetime
    list_id: bytes | None
    first_position: int


class Met(NamedTuple):
    """Somebody whom the undone job met in a row. `is_added`: who joined the audience by that row.

    `known_id`: None if the person is not known any more. `position`: None if the audience does not
    hold the person.
    """

    row: int
    is_added: bool
    prospect_id: bytes
    known_id: bytes | None
    made_by: bytes | None
    position: int | None
    seen_by: bytes | None
    added_at: datetime | None


class Past(NamedTuple):
    """A change of a person, and when it was."""

    at: datetime
    noted: Noted


class Merged(NamedTuple):
    """A merge of somebody into a person."""

    kept: bytes
    at: datetime
    job_id: bytes | None
    key_id: bytes | None


async def get_undone(connection: Connection, account_group_id: bytes, job_id: bytes) -> Undone:
    """What an undo takes back."""
    row = await connection.fetchrow(
        """
        SELECT j.id, j.source_type, j.created_at, coalesce(a.list_id, a.id), coalesce((
            SELECT min(s.first_number) FROM membership_spans s
            WHERE s.account_group_id = $1 AND s.audience_id = j.audience_id AND s.job_id = j.id
        ), 1)
        FROM prospecting_jobs u
        JOIN prospecting_jobs j ON j.account_group_id = $1 AND j.id = u.undoes_job_id
        LEFT JOIN audiences a ON a.account_group_id = $1 AND a.id = j.audience_id
            AND a.deleted_at IS NULL
        WHERE u.account_group_id = $1 AND u.id = $2
        """,
        account_group_id,
        job_id,
    )
    if row is None:
        raise RuntimeError("an undo without the job that it takes back")
    return Undone(*row)


async def begin_batch(
    connection: Connection, account_group_id: bytes, job_id: bytes, position: int
) -> dict[str, int] | None:
    """Locks the job for a batch. What it has counted so far beside its rows.

    None when it is over or another worker has it.
    """
    row = await connection.fetchrow(
        """
        SELECT snapshot FROM prospecting_jobs
        WHERE account_group_id = $1 AND id = $2 AND position = $3 AND status = 'running'
          AND import_status = 'running'
        FOR UPDATE
        """,
        account_group_id,
        job_id,
        position,
    )
    if row is None:
        return None
    return msgspec.json.decode(row[0] or "{}", type=dict[str, int])


async def end_batch(
    connection: Connection,
    account_group_id: bytes,
    job_id: bytes,
    *,
    position: int,
    removed: int,
    kept: int,
    counted: dict[str, int],
    words: str | None,
) -> None:
    """Moves the job's position and counts. `words`: what it says of itself at its end."""
    await change_job(
        connection,
        """
        UPDATE prospecting_jobs SET position = $3::bigint, attempts = 0, version = version + 1,
            removed = removed + $4, kept = kept + $5, snapshot = $6::jsonb,
            import_details = coalesce($7::text, import_details),
            progress = CASE WHEN total_rows = 0 THEN progress
                ELSE greatest(progress, least($3::bigint::double precision / total_rows, 1)) END,
            updated_at = date_trunc('milliseconds', now())
        WHERE account_group_id = $1 AND id = $2
        RETURNING id
        """,
        account_group_id,
        job_id,
        position,
        removed,
        kept,
        msgspec.json.encode(counted).decode(),
        words,
    )


async def get_met(
    connection: Connection, account_group_id: bytes, undone: Undone, after: int, last: int
) -> list[Met]:
    """Whom the undone job met in the rows after one, up to another; each once a row."""
    arguments = (account_group_id, undone.job_id, undone.list_id or NO_ID, after, last)
    if undone.source_type == "combination":
        rows = await connection.fetch(_BY_POSITION, *arguments, undone.first_position)
    else:
        rows = await connection.fetch(_BY_LEDGER, *arguments)
    return [Met(*row) for row in rows]


async def get_changes(
    connection: Connection, account_group_id: bytes, ids: Collection[bytes], since: datetime
) -> dict[bytes, list[Past]]:
    """What was changed of these people since that time, newest first.

    Left out is what was taken back: changes of jobs that were undone, and the undoing itself.
    """
    rows = await connection.fetch(
        """
        SELECT prospect_id, at, kind, job_id, key_id, before, after FROM value_changes
        WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[]) AND at >= $3
          AND kind <> 'undo'
        ORDER BY prospect_id, version DESC, number DESC
        """,
        account_group_id,
        sorted(ids),
        since,
    )
    undone = await _get_undone(connection, account_group_id, {row["job_id"] for row in rows})
    found: defaultdict[bytes, list[Past]] = defaultdict(list)
    for id_, at, kind, job_id, key_id, before, after in rows:
        if job_id not in undone:
            noted = Noted(kind, job_id, key_id, _decode(before), _decode(after))
            found[id_].append(Past(at, noted))
    return found


async def _get_undone(
    connection: Connection, account_group_id: bytes, job_ids: Collection[bytes | None]
) -> set[bytes]:
    """Which of these jobs have been undone."""
    wanted = sorted(each for each in job_ids if each is not None)
    if not wanted:
        return set()
    rows = await connection.fetch(
        """
        SELECT undoes_job_id FROM prospecting_jobs
        WHERE account_group_id = $1 AND undoes_job_id = ANY($2::bytea[]) AND status = 'completed'
        """,
        account_group_id,
        wanted,
    )
    return {row[0] for row in rows}


async def get_merges(
    connection: Connection, account_group_id: bytes, ids: Collection[bytes]
) -> dict[bytes, list[Merged]]:
    """The merges of others into these people."""
    rows = await connection.fetch(
        """
        SELECT kept_id, merged_at, job_id, key_id FROM prospect_merges
        WHERE account_group_id = $1 AND kept_id = ANY($2::bytea[])
        """,
        account_group_id,
        sorted(ids),
    )
    found: defaultdict[bytes, list[Merged]] = defaultdict(list)
    for row in rows:
        found[row["kept_id"]].append(Merged(*row))
    return found


async def get_held(
    connection: Connection, account_group_id: bytes, ids: Collection[bytes]
) -> set[bytes]:
    """Which of these people are in an audience."""
    rows = await connection.fetch(
        """
        SELECT m.prospect_id FROM memberships m
        LEFT JOIN audience_lists l ON l.account_group_id = $1 AND l.list_id = m.audience_id
        JOIN audiences a ON a.account_group_id = $1
            AND a.id = coalesce(l.audience_id, m.audience_id)
        WHERE m.account_group_id = $1 AND m.prospect_id = ANY($2::bytea[])
          AND a.deleted_at IS NULL AND coalesce(a.list_id, a.id) = m.audience_id
        """,
        account_group_id,
        sorted(ids),
    )
    return {row[0] for row in rows}


async def remove_people(
    connection: Connection, account_group_id: bytes, ids: Collection[bytes]
) -> None:
    """Removes people with all that is known of them. Who joined and left stays in the history."""
    merged = await connection.fetch(
        "DELETE FROM prospect_merges WHERE account_group_id = $1 AND kept_id = ANY($2::bytea[])"
        " RETURNING prospect_id",
        account_group_id,
        sorted(ids),
    )
    whose = sorted({*ids, *(row[0] for row in merged)})
    await note_for_search(connection, account_group_id, whose)
    await forget(connection, account_group_id, whose)
    for table in ("value_changes", "held_back_look_ups"):
        await connection.execute(
            f"DELETE FROM {table} WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])",
            account_group_id,
            whose,
        )


async def forget_look_ups(
    connection: Connection, account_group_id: bytes, ids: Sequence[bytes], since: datetime
) -> None:
    """Has people be looked up again of whom the undone job's look-ups were taken back."""
    await connection.execute(
        """
        UPDATE prospects SET looked_up_at = NULL, email_sought_at = NULL
        WHERE account_group_id = $1 AND id = ANY($2::bytea[]) AND looked_up_at >= $3
        """,
        account_group_id,
        ids,
        since,
    )
