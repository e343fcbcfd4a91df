"""HTTP of uploads."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING

import msgspec

from houselist import db, envelope
from houselist.accounts.shapes import AccountPath
from houselist.answers import Answer, json_answer
from houselist.bodies import declares_more
from houselist.endpoint import claim_of, endpoint, operation_of, replay
from houselist.errors import Invalid, NotFound, Problem, QuotaExceeded
from houselist.files.tables import Options, UnreadableFile
from houselist.idempotency import store as idempotency
from houselist.idempotency.shapes import Remembered
from houselist.permissions import Permission
from houselist.uploads.bodies import LIMIT, Body, too_large
from houselist.uploads.receiving import Intake
from houselist.uploads.shapes import ReadFile, UploadQuery

if TYPE_CHECKING:
    from litestar.types import Receive

    from houselist.call import Call
    from houselist.files.messages import Format

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
_MAX_CONTENT_TYPE = 1_000


@endpoint(
    "POST", "/v1/accounts/{accountGroupId}/uploads", permission=Permission.PROSPECTING_WRITE,
    answer=ReadFile, status=_CREATED, summary="Upload a file of people", tag="Prospecting",
    refuses=(NotFound, QuotaExceeded), streams=tuple(_FORMATS),
)  # fmt: skip
async def upload_file(at: AccountPath, query: UploadQuery, call: Call, receive: Receive) -> Answer:
    """The body is the file: CSV, NDJSON or a spreadsheet, up to 2 GiB, read as it arrives.

    CSV may use commas, semicolons, tabs or bars. Its encoding is that of the `charset` parameter of
    Content-Type, else found out; where that is not sure the file is refused. Of a workbook the
    sheet that holds people is read; `sheet` names another. The answer says how the file was read,
    shows its first rows, and suggests which field of a prospect each column holds.
    """
    if declares_more(call.header(b"content-length"), LIMIT):
        raise too_large()
    async with call.services.upload_places.take(call.key.id if call.key else b""):
        return await _take_in(at, query, call, receive)


async def _take_in(at: AccountPath, query: UploadQuery, call: Call, receive: Receive) -> Answer:
    # The whole may take its time; what is bounded is the wait for its next piece.
    call.outlast_deadline()
    body = Body(receive, call.services.settings.request_timeout)
    kind, charset = _content_type(call.header(b"content-type") or b"")
    intake = Intake(call.services.pool, at.account_group_id)
    options = Options(encoding=charset, sheet=query.sheet)
    try:
        async with call.services.readers.reading(_FORMATS[kind], options, body.pieces()) as told:
            await intake.keep(told)
    except UnreadableFile as error:
        raise Invalid(Problem("body", str(error))) from error
    return await _finish(at, call, intake, body.sha256.digest())


def _content_type(header: bytes) -> tuple[str, str | None]:
    """The media type in lower case, and the charset where one is named."""
    message = Message()
    message["content-type"] = header[:_MAX_CONTENT_TYPE].decode("latin-1")
    kind, _, _ = header.partition(b";")
    charset = message.get_param("charset")
    return kind.strip().lower().decode("latin-1"), charset if isinstance(charset, str) else None


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
