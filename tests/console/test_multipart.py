"""Forms with a file, however their bytes are cut into pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from houselist.console.multipart import FileForm
from houselist.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TYPE = "multipart/form-data; boundary=----x1"
CONTENT = b"Email\r\na@b.example\r\n------\r\n--x1\r\n\r\n------x\r\nend"


def _form(content: bytes = CONTENT, file_name: str = 'Gr\u00f6\u00dfe "1".csv') -> bytes:
    named = file_name.replace('"', "%22")
    return (
        b'------x1\r\nContent-Disposition: form-data; name="encoding"\r\n\r\nutf-8\r\n'
        b'------x1\r\ncontent-disposition: form-data; name="sheet"\r\n\r\n\r\n'
        b'------x1\r\nContent-Disposition: form-data; name="file"; filename="'
        + named.encode()
        + b'"\r\nContent-Type: text/csv\r\n\r\n'
        + content
        + b"\r\n------x1--\r\n"
    )


async def _cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def _read(body: bytes, size: int = 64, type_: str = TYPE) -> tuple[FileForm, bytes]:
    form = FileForm(type_, _cut(body, size))
    await form.open()
    return form, b"".join([piece async for piece in form.file()])


@pytest.mark.parametrize("size", [*range(1, 20), 10_000])
async def test_a_form_is_the_same_however_it_is_cut(size: int) -> None:
    form, content = await _read(_form(), size)
    assert content == CONTENT
    assert form.fields == {"encoding": "utf-8", "sheet": ""}
    assert form.file_name == "Gr\u00f6\u00dfe %221%22.csv"


async def test_an_empty_file_is_empty() -> None:
    assert (await _read(_form(b""), 7))[1] == b""


async def test_a_file_is_never_held_as_a_whole() -> None:
    body = _form(b"x" * 1_000_000)
    form = FileForm(TYPE, _cut(body, 1_000))
    await form.open()
    assert max([len(piece) async for piece in form.file()]) <= 1_100


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_form()[:200], id="cut off in a head"),
        pytest.param(_form()[:-20], id="cut off in the file"),
        pytest.param(b"", id="empty"),
        pytest.param(b"hello" * 10_000, id="no form"),
        pytest.param(b"------x1--\r\n", id="no part"),
        pytest.param(b"------x1\r\nno: name\r\n\r\nx\r\n------x1--\r\n", id="no name"),
        pytest.param(
            b'------x1\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
            + b"y" * 20_000
            + b"\r\n"
            + _form(),
            id="a long field",
        ),
        pytest.param(
            b'------x1\r\nContent-Disposition: form-data; name="a"\r\n\r\ny\r\n' * 60 + _form(),
            id="many fields",
        ),
        pytest.param(b"------x1\r\nX: " + b"y" * 20_000, id="a long head"),
    ],
)
async def test_what_is_no_whole_form_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        await _read(body)


@pytest.mark.parametrize(
    "type_", ["text/plain", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 71, ""]
)
async def test_what_is_no_form_by_its_type_is_refused(type_: str) -> None:
    with pytest.raises(Invalid):
        await _read(_form(), type_=type_)
