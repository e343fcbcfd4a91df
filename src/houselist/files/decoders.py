"""Decodes bytes in a known encoding block by block, and marks what is not text."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from houselist.files.encoding_detection import detect
from houselist.files.encoding_shapes import looks_written
from houselist.files.unicode_bytes import UNSURE, contradicted, is_unlikely_utf_8
from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from houselist.files.encoding_labels import Encoding
    from houselist.people.rows import Facts

MARK = "\udcff"
_MAX_LOOKS = 16
_NEW_LINES = 4096


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of decoded text. `broken` says why part of it could not be decoded, else ''."""

    text: str
    broken: str = ""


def _mark(problem: UnicodeError) -> tuple[str, int]:
    if isinstance(problem, UnicodeDecodeError):
        return MARK, problem.end
    raise problem


codecs.register_error("houselist.mark", _mark)


def decode_utf_16(blocks: Iterator[bytes], name: str) -> Iterator[Text]:
    codec = "utf-16-le" if name == "utf-16le" else "utf-16-be"
    decoder = codecs.getincrementaldecoder(codec)("surrogatepass")
    for block in blocks:
        text = decoder.decode(block)
        try:
            text.encode()
        except UnicodeEncodeError:
            yield Text(text, "not valid UTF-16")
        else:
            yield Text(text)
    if decoder.getstate()[0]:
        yield Text(MARK, "not valid UTF-16")


def decode_stated(blocks: Iterator[bytes], encoding: Encoding) -> Iterator[Text]:
    """Decodes as the sender says. Raises UnreadableFile if the first non-ASCII bytes disagree."""
    decoder = _Decoder(encoding)
    unproven = True
    for block in blocks:
        text = decoder.decode(block)
        if unproven and not block.isascii():
            unproven = False
            if _is_utf_8(block):
                raise contradicted(encoding.name, "utf-8")
            faults = text.text.count(MARK)
            if faults * 2 > len(text.text) - len(text.text.encode("ascii", "ignore")):
                raise contradicted(encoding.name, "")
        yield text
    yield decoder.decode(b"", final=True)


def _is_utf_8(block: bytes) -> bool:
    try:
        text, _ = codecs.utf_8_decode(block, "strict", False)
    except UnicodeDecodeError:
        return False
    return not text.isascii() and not is_unlikely_utf_8(text)


def decode_detected(
    blocks: Iterator[bytes], encoding: Encoding, sample: bytes, facts: Facts
) -> Iterator[Text]:
    """Decodes as detected from a sample; detects again when bytes appear that the sample lacked.

    Switches to another encoding only if that decodes the sample to the same text, so that what was
    read stays right. Bytes whose meaning stays uncertain count as not text: their rows are broken.
    Raises UnreadableFile if another encoding is now certain and gives the sample another text.
    """
    decoder = _Decoder(encoding)
    seen, unsure, looks = {*range(0x80), *sample}, set[int](), 0
    for block in blocks:
        fresh = set(block.translate(None, bytes(seen)))
        if fresh and encoding.one_byte and looks < _MAX_LOOKS:
            looks += 1
            seen |= fresh
            lines = _lines_with(block, fresh)
            found = detect(lines + sample)
            # Checks only these lines: in the whole sample, a few odd lines would not count.
            if found is None or not looks_written(lines, found.codec):
                unsure |= fresh
            elif _text(sample, found) != _text(sample, encoding):
                raise UnreadableFile(UNSURE)
            else:
                encoding, sample = found, lines + sample
                facts.encoding = found.name
            decoder = _Decoder(encoding, unsure)
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _lines_with(block: bytes, fresh: set[int]) -> bytes:
    some = bytes(fresh)
    lines = (line for line in block.splitlines() if len(line.translate(None, some)) < len(line))
    return b"\n".join(line[:_NEW_LINES] for line in lines)[:_NEW_LINES] + b"\n"


def _text(sample: bytes, encoding: Encoding) -> str:
    return codecs.decode(sample, encoding.codec, "houselist.mark")


class _Decoder:
    """A codec that marks what it can't decode. Control characters above ASCII are not text."""

    def __init__(self, encoding: Encoding, unsure: Iterable[int] = ()) -> None:
        self._codec = encoding.codec
        self._decoder = codecs.getincrementaldecoder(encoding.codec)("houselist.mark")
        self._reason = f"not {'certain to be' if unsure else 'valid'} {encoding.name}"
        chars = bytes(sorted(unsure)).decode(encoding.codec, "ignore")
        self._no_text = re.compile(f"[\x80-\x9f{re.escape(chars)}{MARK}]")
        # With one byte per character, a single check of the bytes shows that all of them are text.
        self._text_bytes = self._bytes_of_text() if encoding.one_byte else b""

    def _bytes_of_text(self) -> bytes:
        chars = (bytes([byte]).decode(self._codec, "houselist.mark") for byte in range(256))
        return bytes(byte for byte, char in enumerate(chars) if not self._no_text.match(char))

    def decode(self, block: bytes, *, final: bool = False) -> Text:
        if self._text_bytes and not block.translate(None, self._text_bytes):
            return Text(block.decode(self._codec))
        text = self._decoder.decode(block, final)
        if text.isascii() or not self._no_text.search(text):
            return Text(text)
        return Text(self._no_text.sub(MARK, text), self._reason)
