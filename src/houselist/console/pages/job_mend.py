"""Refused rows, mended in the ledger: imported again alone, into the same audience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.console import job_ledger as ledger
from houselist.console.pages.job import read
from houselist.errors import Impossible, Problem
from houselist.postgres import db
from houselist.uploads import given, quotas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from houselist.console.visit import Fields, Visit
    from houselist.people.rows import Row
    from houselist.web.response import Response

_NOT_NOW = (
    "its refused rows can't be imported again: the job fills its audience still, or its audience or"
    " its file is gone"
)


async def mend(visit: Visit) -> Response:
    """Imports the rows of one page of the ledger that were changed, by the mapping of their job."""
    id_, after = visit.part("jobId"), ledger.start(visit.form.get("after"))
    facts = await read(visit, id_)
    if not ledger.is_mendable(visit, facts):
        raise Impossible(Problem("jobId", _NOT_NOW))
    mapping = ledger.mapping_of(facts)
    page = await ledger.rows(visit, facts, "invalid", after)
    mended = _mended(visit.form, facts, mapping, page["items"])
    if not mended:
        address = f"/jobs/{id_}?outcome=invalid" + (f"&after={after}" if after else "")
        return visit.go(address, "No row was changed, so nothing is imported.")
    upload_id = await _keep(visit, facts, mapping, list(mended.values()))
    started = await visit.post(
        "prospecting",
        type="file_upload",
        uploadId=upload_id,
        columns=mapping,
        audienceId=facts["audience_id"].hex(),
        onKnown=facts["on_known"],
    )
    numbers = ",".join(map(str, mended))
    return visit.go(f"/jobs/{started['jobId']}?mended={numbers}&of={id_}")


def _mended(
    form: Fields, facts: Mapping[str, Any], mapping: Mapping[str, str], rows: list[Any]
) -> dict[int, Row]:
    """The rows in which something was changed, by their numbers, with all their cells."""
    found: dict[int, Row] = {}
    columns = facts["columns"]
    for row in rows:
        was: dict[str, str | None] = row["input"] or {}
        is_read = not ledger.is_unread(was, columns)
        cells: Row = [was.get(column) if is_read else None for column in columns]
        is_changed = False
        for cell in ledger.mendable_cells(facts, mapping, row):
            value = _clean(form.get(cell.name, cell.value))
            if value != _clean(cell.value):
                is_changed = True
                cells[columns.index(cell.column)] = value or None
        if is_changed:
            found[row["row"]] = cells
    return found


def _clean(text: str) -> str:
    """As a reader of files leaves a cell; PostgreSQL takes no NUL."""
    return text.replace("\0", "").strip()


async def _keep(
    visit: Visit, facts: Mapping[str, Any], mapping: dict[str, str], rows: list[Row]
) -> str:
    group = bytes.fromhex(visit.group)
    async with db.transaction(visit.request.services.pool, db.DATABASE_TIMEOUT) as connection:
        upload = await given.keep(connection, group, facts["columns"], rows, mapping)
        await quotas.settle(connection, group, bytes.fromhex(upload.upload_id))
    return upload.upload_id
