"""All SQL that shows what became of a job's rows. people/ writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.jobs.shapes import SourceRow
from houselist.paging import Page, fitting, page_of, read_number, sign_number
from houselist.people.rows import BadRow
from houselist.postgres.tables import NO_ID
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    import asyncpg

    from houselist.jobs.shapes import RowOutcome, RowsQuery
    from houselist.people.rows import Row
    from houselist.postgres.db import Connection

# Bytes of an item beside the names and texts of its cells: its reason, and quotes or null for each.
_AROUND = 4_096


async def get_page(
    connection: Connection, account_group_id: bytes, job_id: bytes, page: RowsQuery
) -> Page[SourceRow]:
    """What became of the rows, in the order of the source.

    Raises NotFound, or Invalid for a bad cursor.
    """
    scope = _scope(account_group_id, job_id, page.outcome)
    after = read_number(scope, page.cursor) if page.cursor else 0
    job = await connection.fetchrow(
        """
        SELECT coalesce(a.list_id, a.id) AS list_id, j.upload_id, u.columns, u.let_go_at
        FROM prospecting_jobs j
        JOIN uploads u ON u.account_group_id = j.account_group_id AND u.id = j.upload_id
        LEFT JOIN audiences a ON a.account_group_id = j.account_group_id AND a.id = j.audience_id
        WHERE j.account_group_id = $1 AND j.id = $2
        """,
        account_group_id,
        job_id,
    )
    if job is None:
        raise NotFound("There is no such job.")
    # Two texts, because the planner must see that a filter fits the index of the other outcomes.
    which = "" if page.outcome is None else "AND r.outcome = $6"
    if page.outcome not in (None, "added"):
        which += " AND r.outcome <> 'added'"
    rows = await connection.fetch(
        f"""
        SELECT r.row, r.outcome, r.reason, coalesce(g.kept_id, r.prospect_id) AS prospect_id,
               coalesce(m.last_seen_at, m.added_at) AS last_seen_at
        FROM prospecting_rows r
        LEFT JOIN prospect_merges g ON g.account_group_id = r.account_group_id
            AND g.prospect_id = r.prospect_id
        LEFT JOIN memberships m ON m.account_group_id = r.account_group_id
            AND m.prospect_id = coalesce(g.kept_id, r.prospect_id) AND m.audience_id = $5
        WHERE r.account_group_id = $1 AND r.job_id = $2 AND r.row > $3 {which}
        ORDER BY r.row LIMIT $4
        """,
        account_group_id,
        job_id,
        after,
        page.limit + 1,
        job["list_id"] or NO_ID,
        *([page.outcome] if page.outcome else []),
    )
    shown = rows[: page.limit]
    if job["let_go_at"] is None:
        items = await _with_inputs(connection, account_group_id, job, shown)
    else:
        items = [_source_row(row, None) for row in shown]
    return page_of(items, rows, lambda row: sign_number(scope, row["row"]))


def cursor_after(
    account_group_id: bytes, job_id: bytes, outcome: RowOutcome | None, row: int
) -> str:
    """The cursor of the page that begins after a row, for who knows the row's number."""
    return sign_number(_scope(account_group_id, job_id, outcome), row)


def _scope(account_group_id: bytes, job_id: bytes, outcome: RowOutcome | None) -> str:
    return f"rows/{account_group_id.hex()}/{job_id.hex()}/{outcome}"


async def _with_inputs(
    connection: Connection,
    account_group_id: bytes,
    job: asyncpg.Record,
    shown: list[asyncpg.Record],
) -> list[SourceRow]:
    """As many of the rows as a response holds, each with its cells in the source."""
    inputs, done, size = await uploads.get_rows(
        connection, account_group_id, job["upload_id"], [row["row"] for row in shown]
    )
    columns: list[str] = job["columns"]
    items = [_source_row(row, _input(columns, inputs.get(row["row"], []))) for row in shown[:done]]
    names = sum(len(column.encode()) for column in columns)
    return fitting(items, size + len(items) * (names + _AROUND))


def _input(columns: list[str], cells: Row) -> dict[str, str | None]:
    if isinstance(cells, BadRow):
        return {"text": cells.text}
    # Rows of NDJSON may have fewer cells than there are columns: later rows can add some.
    return dict.fromkeys(columns) | dict(zip(columns, cells, strict=False))


def _source_row(row: asyncpg.Record, given: dict[str, str | None] | None) -> SourceRow:
    prospect_id, seen = row["prospect_id"], row["last_seen_at"]
    return SourceRow(
        row["row"],
        given,
        row["outcome"],
        row["reason"],
        prospect_id and prospect_id.hex(),
        seen and timestamp(seen),
    )
