"""Forms with a file (multipart/form-data), read piece by piece: fields first, then one file."""

from __future__ import annotations

from email.message import Message
from typing import TYPE_CHECKING, NamedTuple

from houselist.errors import Invalid, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_MAX_HEAD = 8_192
_MAX_FIELD = 10_000
_MAX_FIELDS = 50
_MAX_BOUNDARY = 70
_BROKEN = Invalid(Problem("body", "is not a whole form with a file; send it again"))


class _Head(NamedTuple):
    """What a part is called, and the name of its file; None for a field."""

    name: str
    file_name: str | None


class FileForm:
    """A form whose fields come before its file. `fields` are known once `open` has returned."""

    def __init__(self, content_type: str, pieces: AsyncIterator[bytes]) -> None:
        """Raises Invalid where `content_type` is not that of such a form."""
        kind, boundary = _parse(content_type)
        if kind != "multipart/form-data" or not 0 < len(boundary) <= _MAX_BOUNDARY:
            raise Invalid(Problem("Content-Type", "must be multipart/form-data"))
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self._pieces = pieces
        self._delimiter = b"\r\n--" + boundary.encode("latin-1")
        # The first delimiter may stand at the very beginning, with no line before it.
        self._held = b"\r\n"

    async def open(self) -> None:
        """Reads the fields, up to the file. Raises Invalid where none comes."""
        async for _ in self._until(self._delimiter, _MAX_HEAD):
            pass
        for _ in range(_MAX_FIELDS):
            head = await self._head()
            if head.file_name is not None:
                self.file_name = head.file_name
                return
            value = b"".join([each async for each in self._until(self._delimiter, _MAX_FIELD)])
            self.fields[head.name] = value.decode(errors="replace")
        raise _BROKEN

    async def file(self) -> AsyncIterator[bytes]:
        """The file's content. What comes after the file is not read."""
        async for piece in self._until(self._delimiter, None):
            yield piece

    async def _head(self) -> _Head:
        """The lines between a delimiter and the part's content."""
        found = [each async for each in self._until(b"\r\n\r\n", _MAX_HEAD)]
        text = b"".join(found).decode(errors="replace")
        if not text.startswith("\r\n"):
            raise _BROKEN  # it was the last delimiter
        for line in text[2:].split("\r\n"):
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-disposition":
                message = Message()
                message["content-disposition"] = value.strip()
                part, file = (
                    message.get_param(each, header="content-disposition")
                    for each in ("name", "filename")
                )
                if isinstance(part, str):
                    return _Head(part, file if isinstance(file, str) else None)
        raise _BROKEN

    async def _until(self, mark: bytes, limit: int | None) -> AsyncIterator[bytes]:
        """What comes before `mark`, which is passed over. Raises Invalid beyond `limit` bytes."""
        size = 0
        while (at := self._held.find(mark)) < 0:
            # The mark may begin at the end of what is held.
            sure = max(0, len(self._held) - len(mark) + 1)
            piece, self._held = self._held[:sure], self._held[sure:]
            size += sure
            if limit is not None and size > limit:
                raise _BROKEN
            if piece:
                yield piece
            more = await anext(self._pieces, b"")
            if not more:
                raise _BROKEN
            self._held += more
        piece, self._held = self._held[:at], self._held[at + len(mark) :]
        if limit is not None and size + len(piece) > limit:
            raise _BROKEN
        if piece:
            yield piece


def _parse(content_type: str) -> tuple[str, str]:
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    return message.get_content_type(), boundary if isinstance(boundary, str) else ""
