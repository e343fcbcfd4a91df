"""Recognises Unicode encodings: byte order marks, UTF-16 by its zeros, UTF-8 by its sequences."""

from __future__ import annotations

import codecs
import re
import unicodedata

from houselist.files.encoding_labels import utf_32
from houselist.people.rows import UnreadableFile

UNSURE = (
    "The file's encoding is not certain, and a wrong guess would misspell names. Save the file in "
    "UTF-8 and send it again: in Excel choose the type CSV UTF-8 (Comma delimited), in "
    "LibreOffice the character set Unicode (UTF-8); Google Sheets always downloads UTF-8. Or "
    "name the encoding: Content-Type: text/csv; charset=windows-1250, or on the command line "
    "--encoding windows-1250."
)
_SAMPLE = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
    (b"\x841\x953", "gb18030"),
)
_SEPARATORS = frozenset("\n\r,;\t|")
# Escapes to the character sets of ISO-2022-JP and its relatives; a terminal's begin with ESC [.
_ISO_2022 = re.compile(rb"\x1b\$[@AB()]|\x1b\([IJ]")
# Letters that result from accidental pairs of bytes and that hardly any language uses.
_RARE = re.compile(
    "[\u0180-\u018e\u0190-\u019f\u01a2-\u01ae\u01b1-\u01cc\u01dd-\u0217\u021c-\u02ff\u0460-\u048f]"
)
_FEW = 20


def contradicted(stated: str, found: str) -> UnreadableFile:
    what = f"but its bytes are {found.upper()}" if found else "but its bytes are not"
    return UnreadableFile(
        f"The file is said to be {stated}, {what}. Leave the encoding out so that it is detected, "
        "or save the file in UTF-8 and send it again."
    )


def find_mark(first: bytes) -> tuple[str, int]:
    """The encoding by its byte order mark, or '', and how many bytes to skip.

    Some programs add a mark to text that already has one, so repeated marks are skipped too.
    """
    if first.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise utf_32()
    for mark, name in _MARKS:
        if first.startswith(mark):
            end = len(mark)
            while first.startswith(mark, end):
                end += len(mark)
            return name, end
    return "", 0


def find_wide(first: bytes) -> str:
    """utf-16le or utf-16be if a file without a mark certainly is that, else ''.

    Raises UnreadableFile for UTF-32.
    """
    sample = first[: min(len(first) & ~1, _SAMPLE)]
    zeros = [sample[offset::4].count(0) for offset in range(4)]
    quarter = max(1, len(sample) // 4)
    # In UTF-32 no character uses the high byte, and few use the third.
    high, third = zeros[3], zeros[2]
    if zeros[0] > high:
        high, third = zeros[0], zeros[1]
    if high >= quarter and third * 2 >= quarter:
        raise utf_32()
    even, odd = zeros[0] + zeros[2], zeros[1] + zeros[3]
    # Column names consist mostly of Latin letters, whose high byte in UTF-16 is zero.
    if odd >= quarter and even * 10 < odd:
        return "utf-16le"
    if even >= quarter and odd * 10 < even:
        return "utf-16be"
    if odd and not even and _reads_as(sample, "utf-16-le"):
        return "utf-16le"
    if even and not odd and _reads_as(sample, "utf-16-be"):
        return "utf-16be"
    return ""


def _reads_as(sample: bytes, codec: str) -> bool:
    """Whether text without Latin letters is UTF-16: its zeros belong to line breaks and commas.

    ASCII with a few zeros, read as UTF-16, would give Chinese characters.
    """
    text, _ = codecs.getdecoder(codec)(sample, "ignore")
    if sample.isascii() and sum(char > "\u2fff" for char in text) * 10 > len(text):
        return False
    separators = sum(map(text.count, _SEPARATORS))
    letters = [char for char in set(text) if not char.isascii()]
    odd = sum(unicodedata.category(char) in {"Cn", "Co", "Cc", "Cs"} for char in letters)
    return separators * 200 > len(text) and odd * 20 <= len(letters) and "\0" not in text


def holds_iso_2022(data: bytes) -> bool:
    return b"\x1b" in data and _ISO_2022.search(data) is not None


def is_mostly_utf_8(data: bytes, first_fault: int) -> bool:
    """Whether bytes that are not valid UTF-8 are damaged rows, not another encoding.

    They are if there are more valid UTF-8 characters than faults, or as many and a valid one comes
    first: reading the file in another encoding would garble all other rows.
    """
    good = data.decode("utf-8", "ignore")
    if is_unlikely_utf_8(good):
        return False
    faults = len(data.decode("utf-8", "surrogateescape")) - len(good)
    above = len(good) - len(good.encode("ascii", "ignore"))
    return above > faults or (above == faults and not data[:first_fault].isascii())


def is_unlikely_utf_8(text: str) -> bool:
    """Whether the few characters of valid UTF-8 are more likely East Asian byte pairs.

    Half of the names in GB 2312 and similar encodings that happen to be valid UTF-8 give letters
    that nobody uses, or of several alphabets; their second bytes are all above 0xA0.
    """
    odd = [char for char in text[: 64 * 1024] if not char.isascii()]
    if len(odd) > _FEW or any(char > "\u07ff" or ord(char) & 0x3F < 0x21 for char in odd):
        return False
    alphabets = {unicodedata.name(char, "").split(" ")[0] for char in odd if char.isalpha()}
    return len(alphabets) > 1 or _RARE.search("".join(odd)) is not None
