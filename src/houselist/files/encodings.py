"""From the bytes of an uploaded file to text: by its mark, as the sender says, or by content.

What can't be decoded comes out as lone surrogates in text marked broken, so that the reader
can refuse the one row it stands in. Which bytes speak for which encoding is in unicode_bytes.py
and encoding_detection.py, other decoding than UTF-8's in decoders.py.
"""

from __future__ import annotations

import codecs
from itertools import chain
from typing import TYPE_CHECKING

from houselist.files.decoders import MARK, Text, decode_detected, decode_stated, decode_utf_16
from houselist.files.encoding_detection import detect, odd_lines
from houselist.files.encoding_labels import find_encoding, named
from houselist.files.unicode_bytes import (
    UNSURE,
    contradicted,
    find_mark,
    find_wide,
    holds_iso_2022,
    is_mostly_utf_8,
    is_unlikely_utf_8,
)
from houselist.people.rows import Facts, Options, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from houselist.files.encoding_labels import Encoding

__all__ = ["Text", "decode"]

_SAMPLE = 4096
# So much is read before an encoding is decided on, from the first byte that is not UTF-8.
_MAX_HELD = 1024 * 1024
_ENOUGH_ODD_LINES = 64 * 1024
# Bytes below 0x20 that text does not hold; NUL is judged apart, as some exports scatter it.
_CONTROLS = bytes(set(range(1, 0x20)) - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))
_FEW_CONTROLS = 8
# From here on a single last byte is likelier the ß, à … ô that ends a Windows-1252 word than
# the first byte of a UTF-8 character that was cut off.
_LIKELY_LETTER = 0xDF
_LAST_LINE = 1000
_BROKEN = "not valid UTF-8"
_NOT_TEXT = "The file is not text. Save it as CSV in UTF-8 and send that."


def decode(
    blocks: Iterator[bytes], options: Options | None = None, facts: Facts | None = None
) -> Iterator[Text]:
    """Decode a file's blocks, of which the first holds its first 4 KiB.

    A mark counts for more than what the sender says, as the Encoding Standard has it. What
    the sender says counts for more than content, but bytes that contradict it are refused.
    `facts.encoding` is set before the first text comes and is final when the text ends: a file
    that begins with nothing but ASCII is utf-8 until another letter tells better.

    Raises UnreadableFile: no text, UTF-32, an unknown or contradicted label, or unsure.
    """
    facts = Facts() if facts is None else facts
    label = options.encoding if options else None
    stated = find_encoding(label) if label else None
    first = next(blocks, b"")
    marked, skip = find_mark(first)
    blocks = chain((first[skip:],), blocks)
    wide = marked if marked.startswith("utf-16") else find_wide(first) if not marked else ""
    if stated and not marked and wide.startswith("utf-16") != stated.name.startswith("utf-16"):
        raise contradicted(stated.name, wide)
    if wide:
        facts.encoding = wide
        yield from decode_utf_16(blocks, wide)
        return
    _refuse_binary(first[:_SAMPLE])
    if marked and marked != "utf-8":
        stated = named(marked)
    if stated and stated.name != "utf-8" and marked != "utf-8":
        facts.encoding = stated.name
        yield from decode_stated(blocks, stated)
        return
    facts.encoding = "utf-8"
    yield from _decode_utf_8(blocks, facts, marked=bool(marked), stated=stated)


def _refuse_binary(sample: bytes) -> None:
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    # Random bytes hold about a tenth of these; honest files may have a few, in ASCII many.
    if not sample.isascii() and controls > _FEW_CONTROLS and controls * 100 > len(sample) * 7:
        raise UnreadableFile(_NOT_TEXT)
    if sample.count(0) * 4 > len(sample):
        raise UnreadableFile(_NOT_TEXT)


def _decode_utf_8(
    blocks: Iterator[bytes], facts: Facts, *, marked: bool, stated: Encoding | None
) -> Iterator[Text]:
    """UTF-8, or from the first bytes that speak against it what they are found to be."""
    pending = line = b""
    sure = marked or stated is not None
    proven = marked
    for block in blocks:
        data, pending = pending + block, b""
        if data.isascii() and (sure or not holds_iso_2022(data)):
            yield Text(data.decode("ascii"))
            continue
        if not proven and not _is_utf_8(data):
            if stated:
                raise contradicted(stated.name, "")
            data = _hold(data, blocks)
            if not _is_utf_8(data):
                yield from _decode_other(data, blocks, facts)
                return
        text, used, broken = _utf_8(data)
        proven = proven or bool(broken) or not text.isascii()
        sure = sure or proven
        pending = data[used:]
        if pending:
            line = data[-_LAST_LINE:].rpartition(b"\n")[2]
        yield Text(text, broken)
    if pending:
        found = None if sure else _of_last_letter(line, pending)
        facts.encoding = found.name if found else facts.encoding
        yield Text(pending.decode(found.codec)) if found else Text(MARK, _BROKEN)


def _utf_8(data: bytes) -> tuple[str, int, str]:
    try:
        text, used = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError:
        text, used = codecs.utf_8_decode(data, "surrogateescape", False)
        return text, used, _BROKEN
    return text, used, ""


def _is_utf_8(data: bytes) -> bool:
    """Whether data that is not all ASCII is UTF-8, damaged or not; its end may be cut off."""
    if data.isascii():
        return False
    try:
        text, _ = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError as problem:
        return is_mostly_utf_8(data, problem.start)
    return not is_unlikely_utf_8(text) or detect(odd_lines(data)) is None


def _of_last_letter(line: bytes, pending: bytes) -> Encoding | None:
    """The encoding of a file whose only byte above ASCII is its last one."""
    if len(pending) > 1 or pending[0] < _LIKELY_LETTER:
        return None
    found = detect(line)
    return found if found and found.one_byte else None


def _hold(data: bytes, blocks: Iterator[bytes]) -> bytes:
    """The data with as much of what follows as it takes to decide."""
    held = [data]
    size, odd = len(data), len(odd_lines(data))
    while size < _MAX_HELD and odd < _ENOUGH_ODD_LINES:
        block = next(blocks, b"")
        if not block:
            break
        held.append(block)
        size += len(block)
        odd += len(odd_lines(block))
    return b"".join(held)


def _decode_other(data: bytes, blocks: Iterator[bytes], facts: Facts) -> Iterator[Text]:
    sample = odd_lines(data)
    found = detect(sample)
    if found is None:
        raise UnreadableFile(UNSURE)
    facts.encoding = found.name
    yield from decode_detected(chain((data,), blocks), found, sample, facts)
