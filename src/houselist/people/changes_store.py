"""All SQL of the history of people's values. What a change holds is told in changes.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.people.changes import ChangeColumns
    from houselist.people.members_store import By
    from houselist.postgres.db import Connection


async def add_changes(
    connection: Connection,
    account_group_id: bytes,
    by: By,
    version: int,
    changes: ChangeColumns,
    *,
    moment: datetime | None = None,
    first_number: int = 1,
) -> None:
    """Notes changes of people, numbered in their order.

    `version` is that of the account group's people, which its batch lock gave. `moment`: when it
    was, if that is later than the beginning of the transaction.
    """
    if not changes.prospect_ids:
        return
    await connection.execute(
        """
        INSERT INTO value_changes (account_group_id, prospect_id, version, number, at, kind, job_id,
            row, key_id, before, after)
        SELECT $1, prospect_id, $2, $3::integer + number - 1,
               greatest($4::timestamptz, date_trunc('milliseconds', now())), kind, $5::bytea,
               row, $6::bytea, before::jsonb, after::jsonb
        FROM unnest($7::bytea[], $8::text[], $9::bigint[], $10::text[], $11::text[])
            WITH ORDINALITY AS one (prospect_id, kind, row, before, after, number)
        """,
        account_group_id,
        version,
        first_number,
        moment,
        by.job_id,
        by.key_id,
        *changes,
    )
