"""HTTP of uploads."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import msgspec

from houselist import db, envelope
from houselist.accounts.shapes import AccountPath
from houselist.answers import Answer, json_answer
from houselist.bodies import declares_more
from houselist.endpoint import claim_of, endpoint, operation_of, replay
from houselist.errors import Invalid, NotFound, Problem
from houselist.files.reading import UnreadableFile
from houselist.idempotency import store as idempotency
from houselist.idempotency.shapes import Remembered
from houselist.permissions import Permission
from houselist.uploads.bodies import LIMIT, Body, too_large
from houselist.uploads.receiving import Bridge, Intake
from houselist.uploads.shapes import Upload

if TYPE_CHECKING:
    from litestar.types import Receive

    from houselist.call import Call
    from houselist.files.reading import Format

# Whichever of the spreadsheets' types a client sends, the content tells the kind.
_SPREADSHEETS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
)
_FORMATS: dict[str, Format] = {
    "text/csv": "csv", "application/x-ndjson": "ndjson",
    **dict.fromkeys(_SPREADSHEETS, "spreadsheet"),
}  # fmt: skip
_CREATED = 201
_BLOCK = 256 << 10


@endpoint(
    "POST", "/v1/accounts/{accountGroupId}/uploads", permission=Permission.PROSPECTING_WRITE,
    answer=Upload, status=_CREATED, summary="Upload a file of people", tag="Prospecting",
    refuses=(NotFound,), streams=tuple(_FORMATS),
)  # fmt: skip
async def upload_file(at: AccountPath, call: Call, receive: Receive) -> Answer:
    """The body is the file: CSV, NDJSON or a spreadsheet, up to 2 GiB, read as it arrives.

    CSV may use commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. The answer names the
    columns and suggests which field of a prospect each one holds.
    """
    if declares_more(call.header(b"content-length"), LIMIT):
        raise too_large()
    if call.deadline:
        # The whole may take its time; what is bounded is the wait for its next piece.
        call.deadline.reschedule(None)
    bridge = Bridge()
    body = Body(receive, bridge, call.services.settings.request_timeout)
    kind = (
        (call.header(b"content-type") or b"").partition(b";")[0].strip().lower().decode("latin-1")
    )
    intake = Intake(call.services.pool, at.account_group_id)
    try:
        await intake.read(io.BufferedReader(body, _BLOCK), _FORMATS[kind], bridge)
    except UnreadableFile as error:
        raise Invalid(Problem("body", str(error))) from error
    return await _finish(at, call, intake, body.sha256.digest())


async def _finish(at: AccountPath, call: Call, intake: Intake, digest: bytes) -> Answer:
    """Completes the upload, or gives the first answer again where an Idempotency-Key had one."""
    claim = claim_of(operation_of(upload_file), call, at, digest)
    try:
        async with db.transaction(call.services.pool) as connection:
            kept = await idempotency.claim(connection, claim) if claim else None
            data = kept.data if kept else msgspec.json.encode(await intake.complete(connection))
            if claim and kept is None:
                await idempotency.remember(connection, claim, Remembered(_CREATED, {}, data))
    except BaseException:
        await intake.discard()
        raise
    if kept is None:
        return json_answer(_CREATED, envelope.success_json(data, call.trace_id))
    await intake.discard()
    return replay(call, kept)


ROUTES = [upload_file]
