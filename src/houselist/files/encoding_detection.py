"""Detects the encoding of bytes that are not UTF-8, or says that it is not certain.

Two detectors, Firefox's (chardetng) and chardet, must decode the bytes to the same text, and that
text must look like what people write. docs/decisions/0016-encodings.md measures how often that is
right for names in 33 languages; nothing here knows where the bytes come from.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import TYPE_CHECKING

import chardet
from chardetng_py import EncodingDetector

from houselist.files.encoding_labels import named
from houselist.files.encoding_rivals import is_rather_another
from houselist.files.encoding_shapes import (
    has_usual_signs_only,
    is_plainly_western,
    looks_spelled,
    looks_written,
)

if TYPE_CHECKING:
    from houselist.files.encoding_labels import Encoding

_ONE_BYTE = [
    named(name)
    for name in (
        "windows-1252",
        "windows-1250",
        "windows-1251",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-1258",
        "windows-874",
        "iso-8859-2",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-13",
        "iso-8859-15",
        "koi8-r",
        "koi8-u",
        "macintosh",
        "x-mac-cyrillic",
        "ibm437",
        "ibm850",
        "ibm852",
        "ibm866",
    )
]
# The first bytes of the language's everyday characters, which the standards put first. From the
# tables of GB 2312 and so on.
_EVERYDAY = {
    "gb18030": (0xB0, 0xD7),
    "big5": (0xA4, 0xC6),
    "euc-kr": (0xB0, 0xC8),
    "euc-jp": (0xA4, 0xCF),
    "shift_jis": (0x82, 0x97),
}
_MANY_BYTES = [named(name) for name in _EVERYDAY]
_ALL = [encoding.name for encoding in (*_ONE_BYTE, *_MANY_BYTES)]
# chardet's names, if they differ from Python's.
_CHARDETS = {"shift_jis": "shift_jis_2004", "euc-jp": "euc_jis_2004", "euc-kr": "euc_kr"}
_ISO_2022_JP = named("iso-2022-jp")
_ENOUGH = 12 * 1024
_MAX_LINES, _MAX_LINE = 64 * 1024, 4096
_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"
_ABOVE_ASCII = bytes(range(0x80, 0x100))
# With at least so many bytes above ASCII, the second-best reading may have up to this share of the
# best one's confidence. Measured: wrong results were close ones from few bytes.
_CLOSE = ((100, 0.99), (30, 0.95), (0, 0.85))
_CLOSE_EAST_ASIAN = {"euc-kr": 0.35, "gb18030": 0.7, "big5": 0.7, "euc-jp": 0.9, "shift_jis": 0.8}
_CLOSE_EAST_ASIAN_FEW, _SOME_CHARACTERS = 0.35, 20
# The same, if only chardet gives this reading.
_ALONE = ((100, 0.65), (30, 0.55), (0, -1.0))
# The same, if no other reading looks like what people write either.
_ALONE_AND_ONLY = ((100, 0.99), (30, 0.9), (0, -1.0))
_LEAST = {"iso-8859-6": 40, "windows-1250": 6, "iso-8859-2": 4}
_FEW = 5
_ICELANDIC = "ðþÐÞ"
_EAST_ASIAN_SIGN = re.compile("[\u3000-\u303f\u30fb\u30fc\uff01-\uffee\u00b7\u2010-\u2027]")
_KANA = re.compile("[\u3041-\u30fa]")
_VERY_FEW_CHARACTERS = 8
_LAST_HEBREW_OF_DOS = 0x9A
_FIRST_OF_TWO = re.compile(rb"([\x80-\xff])[\x40-\xff]")
_IN_A_WORD = re.compile("[a-z][^\x00-\x7f]|[^\x00-\x7f][a-z]")


def detect(sample: bytes) -> Encoding | None:
    """The encoding of lines with bytes above ASCII (or escapes), or None if uncertain."""
    if len(sample) > _ENOUGH:
        sample = sample[: sample.rfind(b"\n", 0, _ENOUGH) + 1] or sample[:_ENOUGH]
    if b"\x1b$" in sample or b"\x1b(" in sample:
        return _ISO_2022_JP if _decoded(sample, _ISO_2022_JP) else None
    if has_usual_signs_only(sample):
        return named("windows-1252")
    sample = _without_stray_bytes(sample)
    readings = {
        encoding.name: text
        for encoding in _MANY_BYTES
        if (text := _decoded(sample, encoding)) and _is_everyday(text, encoding)
    }
    for encoding in _ONE_BYTE:
        text = _decoded(sample, encoding)
        if text and looks_spelled(text, encoding.codec) and looks_written(sample, encoding.codec):
            readings[encoding.name] = text
    if not readings:
        return None
    firefox = _decoded(sample, named(_firefox(sample)))
    first, share = _chardet(sample, readings, agreed=firefox in readings.values())
    text = readings.get(first, "")
    bytes_above = len(sample) - len(sample.translate(None, _ABOVE_ASCII))
    limit = _limit(first, readings, bytes_above, agreed=text == firefox)
    if share > limit or _is_too_little(first, text, bytes_above):
        return None
    if is_rather_another(first, text, sample):
        return None
    return None if _may_be_another(first, text, sample, readings) else named(first)


def _may_be_another(name: str, text: str, sample: bytes, readings: dict[str, str]) -> bool:
    """Whether the bytes are all such as an encoding that neither detector knows well has, too."""
    above = sample.translate(None, bytes(range(0x80)))
    if name in {"x-mac-cyrillic", "ibm866"}:
        return max(above) <= _LAST_HEBREW_OF_DOS
    if name == "shift_jis":
        # EUC-JP has half-width katakana after this byte.
        return set(_FIRST_OF_TWO.findall(sample)) == {b"\x8e"}
    letters = {char for char in text if not char.isascii()}
    if len(letters) >= _SOME_CHARACTERS:
        return False
    if name == "gb18030" and len(letters) < _VERY_FEW_CHARACTERS:
        return not readings.keys().isdisjoint({"euc-jp", "euc-kr"})
    return name == "euc-jp" and "euc-kr" in readings and not _KANA.search(text)


def _is_too_little(name: str, text: str, bytes_above: int) -> bool:
    if name != "windows-1252":
        return bytes_above < _LEAST.get(name, 5)
    if bytes_above < _FEW and not is_plainly_western(text):
        return True
    # Baltic and Turkish encodings have š, ž, ğ and ş where this one has these Icelandic letters.
    icelandic = sum(map(text.count, _ICELANDIC))
    if not icelandic:
        return False
    baltic = text.encode("cp1252").decode("cp1257", "replace")
    differ = {char for char, other in zip(text, baltic, strict=True) if char != other}
    return icelandic * 20 < bytes_above or differ <= set(_ICELANDIC)


def _without_stray_bytes(sample: bytes) -> bytes:
    """Without the few lines with bytes for which Windows-1252 has no character.

    They would rule out that encoding for all other lines; their own rows will be broken.
    """
    lines = sample.split(b"\n")
    kept = [line for line in lines if len(line) == len(line.translate(None, _UNDEFINED))]
    return b"\n".join(kept) if len(lines) - len(kept) <= len(lines) // 50 else sample


def _limit(name: str, readings: dict[str, str], bytes_above: int, *, agreed: bool) -> float:
    if not agreed and name in _EVERYDAY:
        return -1.0
    if not agreed:
        alone = _ALONE if len(set(readings.values())) > 1 else _ALONE_AND_ONLY
        return next(limit for enough, limit in alone if bytes_above >= enough)
    if name in _EVERYDAY and len(readings.keys() & _EVERYDAY.keys()) > 1:
        # Everyday Japanese and Korean bytes are everyday Chinese ones too.
        doubtful = name == "gb18030" and not readings.keys().isdisjoint({"euc-jp", "euc-kr"})
        few = bytes_above < _SOME_CHARACTERS
        return _CLOSE_EAST_ASIAN_FEW if few or doubtful else _CLOSE_EAST_ASIAN[name]
    return next(limit for enough, limit in _CLOSE if bytes_above >= enough)


def _decoded(sample: bytes, encoding: Encoding) -> str:
    try:
        return codecs.decode(sample, encoding.codec)
    except UnicodeDecodeError:
        return ""


def _firefox(sample: bytes) -> str:
    detector = EncodingDetector()
    detector.feed(sample, last=True)
    return detector.guess(tld=None, allow_utf8=False)


def _chardet(sample: bytes, readings: dict[str, str], *, agreed: bool) -> tuple[str, float]:
    """The encoding of chardet's best reading, and how close the next different reading comes.

    Closeness is the share of the best one's confidence: 1 is equal. Of encodings that give the same
    text, the first.
    """
    if agreed and len(set(readings.values())) == 1:
        return next(iter(readings)), 0.0
    among = readings if agreed or len(set(readings.values())) > 1 else _ALL
    names = ["cp1252", *(_CHARDETS.get(name, named(name).codec) for name in among)]
    found = chardet.detect_all(sample, ignore_threshold=True, include_encodings=names)
    confidence: dict[str, float] = {}
    for result in found:
        text = _decoded(sample, named(result["encoding"])) if result["encoding"] else ""
        confidence[text] = max(confidence.get(text, 0.0), result["confidence"])
    ranked = sorted(
        (name for name in readings), key=lambda name: -confidence.get(readings[name], 0.0)
    )
    best = readings[ranked[0]]
    rest = [value for text, value in confidence.items() if text != best]
    return ranked[0], max(rest, default=0.0) / (confidence.get(best) or 1e-9)


def _is_everyday(text: str, encoding: Encoding) -> bool:
    """Whether most characters are everyday ones of the language, and hardly any are not text."""
    name = encoding.name
    first, last = _EVERYDAY[name]
    total = everyday = odd = 0
    for char, count in Counter(char for char in text if not char.isascii()).items():
        if name == "gb18030" and _KANA.match(char):
            odd += count
        elif char.isalpha() and not char.isupper() and not char.islower():
            total += count
            start = char.encode(encoding.codec)
            if len(start) > 1 and first <= start[0] <= last:
                everyday += count
        elif not _EAST_ASIAN_SIGN.match(char):
            odd += count
    odd += len(_IN_A_WORD.findall(text))
    return odd * 10 <= total and everyday * 10 >= total * 7 > 0


def odd_lines(data: bytes) -> bytes:
    """The lines with bytes above ASCII or escapes, each truncated, at most 64 KiB in all."""
    lines: list[bytes] = []
    size = 0
    for line in data.splitlines():
        if size < _MAX_LINES and (not line.isascii() or b"\x1b" in line):
            lines.append(line[:_MAX_LINE])
            size += len(lines[-1]) + 1
    return b"\n".join(lines)
