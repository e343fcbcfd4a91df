"""From the bytes of an uploaded file to text: which encoding it is, and bytes that are no text.

What can't be decoded comes out as lone surrogates in text marked broken, so that the reader
can refuse the one row it stands in. Cutting text into lines is in lines.py.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from houselist.files.tables import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAMPLE = 4096
_MARK = "\udcff"
# Bytes below 0x20 that text does not hold; NUL is judged apart, as some exports scatter it.
_CONTROLS = bytes(set(range(1, 0x20)) - set(b"\t\n\v\f\r\x1a\x1b"))
# The Encoding Standard (encoding.spec.whatwg.org) maps the five undefined bytes to themselves.
_WINDOWS_1252 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)}
# From here on a single last byte is likelier the ß, à … ô that ends a Windows-1252 word than
# the first byte of a UTF-8 character that was cut off.
_LIKELY_LETTER = 0xDF


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of decoded text; `broken` says why if some of it could not be decoded, else ''."""

    text: str
    broken: str = ""


def decode(blocks: Iterator[bytes]) -> Iterator[Text]:
    """Decode a file's blocks, of which the first holds its first 4 KiB.

    Raises UnreadableFile when the bytes are UTF-32 or no text at all.
    """
    first = next(blocks, b"")
    encoding, mark = _encoding(first)
    blocks = chain((first[mark:],), blocks)
    if encoding != "utf-8":
        yield from _decode_utf_16(blocks, encoding)
        return
    sample = first[:_SAMPLE]
    if len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) // 20:
        raise UnreadableFile("The file is not text. Save it as CSV in UTF-8 and send that.")
    yield from _decode_utf_8(blocks, sure=mark > 0)


def _encoding(first: bytes) -> tuple[str, int]:
    """Python's name of the encoding and the length of the byte order mark."""
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _utf_32()
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8", 3
    if first.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", 2
    if first.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", 2
    sample = first[:_SAMPLE]
    zeros = [sample[offset::4].count(0) for offset in range(4)]
    quarter = max(1, len(sample) // 4)
    # No character of UTF-32 has a high byte, and few have a third one.
    high, third = zeros[3], zeros[2]
    if zeros[0] > high:
        high, third = zeros[0], zeros[1]
    if high >= quarter and third * 2 >= quarter:
        raise _utf_32()
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    # Column names are mostly of Latin letters, whose high byte in UTF-16 is zero.
    if odd >= quarter and even * 10 < odd:
        return "utf-16-le", 0
    if even >= quarter and odd * 10 < even:
        return "utf-16-be", 0
    return "utf-8", 0


def _utf_32() -> UnreadableFile:
    return UnreadableFile("The file is encoded in UTF-32. Save it in UTF-8 and send that.")


def _decode_utf_16(blocks: Iterator[bytes], encoding: str) -> Iterator[Text]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for block in blocks:
        text = decoder.decode(block)
        try:
            text.encode()
        except UnicodeEncodeError:
            yield Text(text, "not valid UTF-16")
        else:
            yield Text(text)
    if decoder.getstate()[0]:
        yield Text(_MARK, "not valid UTF-16")


def _decode_utf_8(blocks: Iterator[bytes], *, sure: bool) -> Iterator[Text]:
    """UTF-8, or Windows-1252 from the first bytes that speak for it; `sure` rules that out."""
    pending = b""
    for block in blocks:
        data, pending = pending + block, b""
        if data.isascii():
            yield Text(data.decode("ascii"))
            continue
        broken = ""
        try:
            text, used = codecs.utf_8_decode(data, "strict", False)  # noqa: FBT003 - positional only
        except UnicodeDecodeError as problem:
            if not sure and _is_windows_1252(data, problem.start):
                yield from map(_windows_1252, chain((data,), blocks))
                return
            text, used = codecs.utf_8_decode(data, "surrogateescape", False)  # noqa: FBT003 - same
            sure, broken = True, "not valid UTF-8"
        pending = data[used:]
        sure = sure or not text.isascii()
        yield Text(text, broken)
    if pending and not sure and len(pending) == 1 and pending[0] >= _LIKELY_LETTER:
        yield _windows_1252(pending)
    elif pending:
        yield Text(_MARK, "not valid UTF-8")


def _is_windows_1252(data: bytes, first_fault: int) -> bool:
    """Whether bytes that are not UTF-8 mean another encoding and not a damaged row.

    Nothing before the fault is known to be UTF-8; but if the block holds more good UTF-8
    characters than faults, reading it as Windows-1252 would garble every other row.
    """
    if not data[:first_fault].isascii():
        return False
    good = data.decode("utf-8", "ignore")
    faults = len(data.decode("utf-8", "surrogateescape")) - len(good)
    return len(good) - len(good.encode("ascii", "ignore")) <= faults


def _windows_1252(data: bytes) -> Text:
    try:
        return Text(data.decode("cp1252"))
    except UnicodeDecodeError:
        return Text(data.decode("latin-1").translate(_WINDOWS_1252))
