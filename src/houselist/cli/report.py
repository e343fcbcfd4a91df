"""What `houselist import` prints at its end."""

from __future__ import annotations

from collections.abc import Sequence

from houselist.cli.first import URL
from houselist.cli.out import DONE, FAILED, of_group, say, say_json, shown_rows, tell
from houselist.jobs import rows_store as rows
from houselist.jobs.shapes import Job, RowsQuery
from houselist.people.fields import IDENTITY_PATHS
from houselist.postgres import db

_SHOWN = 10
REFUSED = "Refused rows (row 1 is the first below the header):"
NO_ROW = (
    "houselist: No row could be used. Say with --map which column tells who a person is:"
    f" {', '.join(IDENTITY_PATHS[:-1])} or {IDENTITY_PATHS[-1]}."
)


def say_rows(heading: str, rows: Sequence[tuple[int, str | None]], count: int) -> None:
    """The first of `count` rows, each with what is to be said of it."""
    if rows:
        say(heading)
    for row, reason in rows[:_SHOWN]:
        say(f"  row {row}: {reason}")
    if count > _SHOWN:
        say(f"  and {count - _SHOWN:,} more")


async def report(
    connection: db.Connection, group: bytes, job: Job, audience: str, *, json: bool
) -> int:
    """Prints what became of the rows; the exit code."""
    code = DONE if job.status == "completed" and job.counts.invalid < job.counts.rows else FAILED
    if json:
        say_json(of_group(group, job))
        return code
    counts = job.counts
    begun = "Dry run: " if job.dry_run else ""
    added = "would be added" if job.dry_run else "added"
    say(
        f"{begun}{shown_rows(counts.rows)} for the audience {audience!r}: {counts.added:,} {added},"
        f" {counts.already_member:,} already in it, {counts.duplicate:,} duplicates,"
        f" {counts.invalid:,} invalid."
    )
    if counts.invalid:
        await _show_invalid(connection, group, job)
    if job.status != "completed":
        reason = f": {job.error.message}" if job.error else ""
        tell(f"houselist: Job {job.job_id} {job.status}{reason}.")
    elif code == FAILED:
        tell(NO_ROW)
    elif job.dry_run:
        say("Nothing was written. The same command without --dry-run imports.")
    elif job.audience_id is not None:
        _show_audience(group, job.audience_id)
    return code


async def _show_invalid(connection: db.Connection, group: bytes, job: Job) -> None:
    job_id = bytes.fromhex(job.job_id)
    query = RowsQuery(limit=_SHOWN, outcome="invalid")
    page = await rows.get_page(connection, group, job_id, query)
    say_rows(REFUSED, [(row.row, row.reason) for row in page.items], job.counts.invalid)
    say(f"All of them: GET {_url(group)}/prospecting/{job.job_id}/rows?outcome=invalid")


def _show_audience(group: bytes, audience_id: str) -> None:
    url = f"{_url(group)}/audiences/{audience_id}"
    say(f'Read it from a running `houselist serve`:\n  curl -H "Authorization: Bearer $KEY" {url}')


def _url(group: bytes) -> str:
    return f"{URL}/v1/accounts/{group.hex()}"


def report_skipped(audience: str, group: bytes, audience_id: bytes, *, json: bool) -> None:
    """For --once: there is nothing to do."""
    if json:
        ids = {"accountGroupId": group.hex(), "jobId": None, "audienceId": audience_id.hex()}
        say_json({**ids, "status": "skipped"})
        return
    say(f"The audience {audience!r} exists already; nothing was imported.")
    _show_audience(group, audience_id.hex())
