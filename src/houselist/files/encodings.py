"""Decodes the bytes of an uploaded file: by its byte order mark, the sender's label, or content.

What can't be decoded becomes lone surrogates in text that is marked broken, so that the reader can
refuse just the affected row. unicode_bytes.py and encoding_detection.py tell which bytes indicate
which encoding; decoders.py decodes everything but UTF-8.
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
# How much is read before an encoding is chosen, from the first byte that is not UTF-8.
_MAX_HELD = 1024 * 1024
_ENOUGH_ODD_LINES = 64 * 1024
# Bytes below 0x20 that text does not contain. NUL is judged separately: some exports scatter it.
_CONTROLS = bytes(set(range(1, 0x20)) - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"))
_FEW_CONTROLS = 8
# From here on, a single last byte is more likely the ß, à … ô at the end of a Windows-1252 word
# than the first byte of a truncated UTF-8 character.
_LIKELY_LETTER = 0xDF
_LAST_LINE = 1000
_BROKEN = "not valid UTF-8"
_NOT_TEXT = "The file is not text. Save it as CSV in UTF-8 and send it again."


def decode(
    blocks: Iterator[bytes], options: Options | None = None, facts: Facts | None = None
) -> Iterator[Text]:
    """Decodes a file's blocks; the first block holds at least its first 4 KiB.

    A byte order mark overrides the sender's label, as the Encoding Standard says. The label
    overrides content, but bytes that contradict it are refused. `facts.encoding` is set before the
    first text and is final after the last: a file that begins with only ASCII is utf-8 until a
    later letter shows otherwise.

    Raises UnreadableFile: not text, UTF-32, an unknown or contradicted label, or uncertain.
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
    # Of random bytes, about a tenth are these; honest files may have a few, or many in ASCII.
    if not sample.isascii() and controls > _FEW_CONTROLS and controls * 100 > len(sample) * 7:
        raise UnreadableFile(_NOT_TEXT)
    if sample.count(0) * 4 > len(sample):
        raise UnreadableFile(_NOT_TEXT)


def _decode_utf_8(
    blocks: Iterator[bytes], facts: Facts, *, marked: bool, stated: Encoding | None
) -> Iterator[Text]:
    """Decodes UTF-8; from the first bytes that contradict it, the encoding that is detected."""
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
    """Whether data that is not all ASCII is UTF-8, maybe damaged; its end may be cut off."""
    if data.isascii():
        return False
    try:
        text, _ = codecs.utf_8_decode(data, "strict", False)
    except UnicodeDecodeError as problem:
        return is_mostly_utf_8(data, problem.start)
    return not is_unlikely_utf_8(text) or detect(odd_lines(data)) is None


def _of_last_letter(line: bytes, pending: bytes) -> Encoding | None:
    """The encoding of a file whose only byte above ASCII is its last."""
    if len(pending) > 1 or pending[0] < _LIKELY_LETTER:
        return None
    found = detect(line)
    return found if found and found.one_byte else None


def _hold(data: bytes, blocks: Iterator[bytes]) -> bytes:
    """The data and as much of the following blocks as is needed to decide."""
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
