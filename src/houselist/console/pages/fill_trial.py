"""A dry run as the fill page shows it: counts, why rows would be refused, whether it is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.console import fill_store as store
from houselist.console import filling
from houselist.console.pages.fill_sources import id_of
from houselist.errors import NotFound
from houselist.files.chunks import unpack
from houselist.people.rows import BadRow
from houselist.postgres import db
from houselist.uploads import store as uploads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.console.visit import Fields, Visit
    from houselist.people.rows import Row

_EXAMPLES = 3
_MAX_TEXT = 200
_MAX_URLS = 1_000


class Example(NamedTuple):
    """A refused row: its number, the column to blame, and what stands there."""

    row: int
    column: str
    text: str


class Why(NamedTuple):
    """A reason, the rows that have it, and some of them."""

    text: str
    rows: int
    examples: list[Example]


class Trial(NamedTuple):
    """`job`: as the API tells it. `is_stale`: what it tried is not what would be started now.

    `urls`: the addresses that it tried, one a line, where it tried addresses.
    """

    job: Any
    is_over: bool
    is_stale: bool
    reasons: list[Why]
    urls: str


async def trial_of(
    visit: Visit, given: Fields, audience: Any, read: store.Read | None
) -> Trial | None:
    """The dry run that the address names; None where there is none any more."""
    job_id = id_of(given.get("dryRun"))
    if job_id is None:
        return None
    group = bytes.fromhex(visit.group)
    try:
        job = await visit.get("prospecting", job_id.hex())
    except NotFound:
        return None
    async with db.acquire(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        tried = await store.get_tried(connection, group, job_id)
        if tried is None:
            return None
        found: list[store.Reason] = []
        if job["counts"]["invalid"]:
            found = await store.count_reasons(connection, group, job_id, _EXAMPLES)
        upload_id, numbers = (
            bytes.fromhex(tried.upload_id),
            sorted({number for reason in found for number in reason.first}),
        )
        rows, _, _ = await uploads.get_rows(connection, group, upload_id, numbers)
        urls = ""
        if read is None:
            chunks = await uploads.get_chunks(
                connection, group, upload_id, after=0, limit=_MAX_URLS
            )
            cells = [_first_cell(row) for _, chunk in chunks for row in unpack(chunk)]
            urls = "\n".join(filter(None, cells))
    columns = read.columns if read else ["url"]
    reasons = [
        Why(each.text, each.rows, [_example(each, rows, number, columns) for number in each.first])
        for each in found
    ]
    is_stale = tried.audience_id != (audience["id"] if audience else None)
    if read is None:
        is_stale = is_stale or (bool(given.get("urls")) and lines(given.get("urls")) != lines(urls))
    else:
        mapping = filling.mapping_of(read, filling.changes_in(given, read))
        is_stale = is_stale or tried.upload_id != read.id or tried.mapping != mapping
    is_over = job["status"] not in ("queued", "running")
    return Trial(job, is_over, is_stale, reasons, urls)


def lines(text: str) -> list[str]:
    """The lines that are not blank, without the space around them."""
    return [line for each in text.splitlines() if (line := each.strip())]


def _first_cell(row: Row) -> str | None:
    return row.text if isinstance(row, BadRow) else (row[0] if row else None)


def _example(
    reason: store.Reason, rows: dict[int, Row], number: int, columns: Sequence[str]
) -> Example:
    row = rows.get(number, [])
    if isinstance(row, BadRow):
        return Example(number, "", row.text[:_MAX_TEXT])
    column = filling.blamed(reason.text, columns)
    if column is not None and (index := columns.index(column)) < len(row):
        return Example(number, column, (row[index] or "")[:_MAX_TEXT])
    filled = [cell for cell in row if cell]
    return Example(number, "", ", ".join(filled)[:_MAX_TEXT])
