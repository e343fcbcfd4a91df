"""A file that a form sends, for browsers without script: read as it arrives, as an upload is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from houselist.console.calls import Api, with_headers
from houselist.console.multipart import FileForm
from houselist.console.pages import fill
from houselist.errors import Invalid, Problem
from houselist.files.formats import format_of
from houselist.web.bodies import stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from houselist.console.visit import Visit
    from houselist.web.asgi import Message, Receive
    from houselist.web.response import Response

_TYPES = {
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "spreadsheet": "application/vnd.ms-excel",
}
_MAX_LABEL = 40


async def receive(visit: Visit) -> Response:
    """Reads the file into an upload, and shows it on the page."""
    audience = await fill.audience_of(visit)
    request = visit.request
    type_ = (request.header(b"content-type") or b"")[:1_000].decode("latin-1")
    form = FileForm(type_, stream(request.receive))
    await form.open()
    if not form.file_name:
        raise Invalid(Problem("File", "is missing; choose one"))
    read = await _upload(visit, form)
    kept = [(name, form.fields.get(name, "")) for name in ("name", "folder")]
    pairs = ("upload", read["uploadId"]), ("file", form.file_name[:200])
    return visit.go(fill.address(audience, ("source", "file"), *pairs, *kept))


async def _upload(visit: Visit, form: FileForm) -> Any:
    """What the API answers to the file as the body of an upload."""
    type_ = _TYPES[format_of(form.file_name)]
    label = form.fields.get("encoding", "")
    if label and type_ != _TYPES["spreadsheet"]:
        if len(label) > _MAX_LABEL or not label.replace("-", "").isalnum():
            raise Invalid(Problem("Encoding", "is none that is known"))
        type_ += f"; charset={label}"
    header = b"content-type", type_.encode()
    said = {name: form.fields.get(name, "") for name in ("sheet", "delimiter")}
    said["sheet"] = said["sheet"].strip()
    return await visit.request.services.get(Api).call(
        with_headers(visit.request, header, receive=_as_body(form.file())),
        "POST",
        f"/v1/accounts/{visit.group}/uploads",
        query={"name": form.file_name[:200], **{name: each for name, each in said.items() if each}},
    )


def _as_body(pieces: AsyncIterator[bytes]) -> Receive:
    """The file as the body of a request of its own."""

    async def receive() -> Message:
        piece = await anext(pieces, b"")
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    return receive
