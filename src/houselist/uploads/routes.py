"""HTTP of uploads."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING

from houselist.accounts.quotas import DEFAULT, too_much
from houselist.accounts.shapes import AccountPath
from houselist.errors import Invalid, NotFound, Problem
from houselist.files.reader import Readers
from houselist.people.rows import Options, UnreadableFile
from houselist.uploads.bodies import LIMIT, Body, too_large
from houselist.uploads.receiving import Intake
from houselist.uploads.shapes import ReadFile, UploadQuery
from houselist.uploads.slots import UploadSlots
from houselist.web.bodies import declares_more
from houselist.web.endpoint import ReceivedUpload, endpoint
from houselist.web.inputs import media_type

if TYPE_CHECKING:
    from houselist.files.messages import Format
    from houselist.web.request import Request

# A client may send any of the spreadsheet types: the content tells which kind it is.
_SPREADSHEETS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "application/vnd.oasis.opendocument.spreadsheet",
)
_FORMATS: dict[str, Format] = {
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    **dict.fromkeys(_SPREADSHEETS, "spreadsheet"),
}
_EXAMPLES: dict[Format, str] = {
    "csv": (
        "First Name,Last Name,E-mail Address,Company\r\n"
        "Avery,Stone,avery.stone@northwind.example,Northwind Analytics\r\n"
    ),
    "ndjson": (
        '{"firstName":"Avery","lastName":"Stone","email":"avery.stone@northwind.example"}\n'
    ),
}
_MAX_CONTENT_TYPE = 1_000


@endpoint(
    response=ReadFile,
    status=201,
    summary="Upload a file of people",
    tag="Prospecting",
    refuses=(NotFound, too_much(DEFAULT.upload_bytes)),
    upload_types={media_type: _EXAMPLES.get(format) for media_type, format in _FORMATS.items()},
)
async def upload_file(at: AccountPath, query: UploadQuery, request: Request) -> ReceivedUpload:
    """The body is the file: CSV, NDJSON or a spreadsheet, up to 2 GiB, read as it arrives.

    CSV may use commas, semicolons, tabs, vertical bars, or a rarer sign that separates the rows
    evenly; `delimiter` names it where the wrong one is found. Its encoding is the `charset`
    parameter of Content-Type, or else is detected; if that gives no sure result, the file is
    refused. In a workbook, the sheet that holds people is read, or the one named in `sheet`. The
    response says how the file was read, shows its first rows, and suggests which field of a
    prospect each column holds.
    """
    if declares_more(request.header(b"content-length"), LIMIT):
        raise too_large()
    # A large file may take long; only the wait for its next piece is limited.
    request.outlast_deadline()
    services = request.services
    body = Body(request.receive, services.settings.request_timeout)
    kind, charset = _content_type(request.header(b"content-type") or b"")
    options = Options(encoding=charset, sheet=query.sheet, delimiter=query.delimiter)
    intake = Intake(services.pool, at.account_group_id, query.name)
    readers, slots = services.get(Readers), services.get(UploadSlots)
    try:
        async with (
            slots.take(request.key.id if request.key else b""),
            readers.reading(_FORMATS[kind], options, body.pieces()) as messages,
        ):
            await intake.save(messages)
    except UnreadableFile as error:
        raise Invalid(Problem("body", str(error))) from error
    return ReceivedUpload(body.sha256.digest(), intake.complete, intake.discard)


def _content_type(header: bytes) -> tuple[str, str | None]:
    """The media type in lower case, and the charset if one is given."""
    message = Message()
    message["content-type"] = header[:_MAX_CONTENT_TYPE].decode("latin-1")
    charset = message.get_param("charset")
    return media_type(header), charset if isinstance(charset, str) else None
