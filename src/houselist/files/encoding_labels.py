"""Names of encodings, from the Encoding Standard and from Python, and the codec for each.

Names and meanings are those of https://encoding.spec.whatwg.org/#names-and-labels: iso-8859-1 means
windows-1252, gbk means gb18030, and so on, because programs use them so. Python's codecs do the
decoding, and Python's own names work too.
"""

from __future__ import annotations

from dataclasses import dataclass
from encodings import normalize_encoding
from encodings.aliases import aliases

from houselist.people.rows import UnreadableFile

_MAX_LABEL = 40
_ONE_BYTE = ("cp10", "cp11", "cp12", "cp4", "cp7", "cp8", "iso8859", "koi8", "mac_")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The usual name, and Python's codec."""

    name: str
    codec: str

    @property
    def one_byte(self) -> bool:
        return self.codec.startswith(_ONE_BYTE)


# Name: Python's codec, then the labels that are neither that name nor among Python's aliases.
_STANDARD = {
    "utf-8": "utf_8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8 utf-8-sig",
    "utf-16le": "utf_16_le utf-16 csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    "utf-16be": "utf_16_be unicodefffe",
    "ibm866": "cp866",
    "iso-8859-2": "iso8859_2 iso88592",
    "iso-8859-3": "iso8859_3 iso88593",
    "iso-8859-4": "iso8859_4 iso88594",
    "iso-8859-5": "iso8859_5 iso88595",
    "iso-8859-6": "iso8859_6 iso88596 asmo-708 csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i",
    "iso-8859-7": "iso8859_7 iso88597 sun-eu-greek",
    "iso-8859-8": "iso8859_8 iso88598 csiso88598e iso-8859-8-e visual",
    "iso-8859-8-i": "iso8859_8 csiso88598i logical",
    "iso-8859-10": "iso8859_10 iso885910",
    "iso-8859-13": "iso8859_13 iso885913",
    "iso-8859-14": "iso8859_14 iso885914",
    "iso-8859-15": "iso8859_15 iso885915 csisolatin9",
    "iso-8859-16": "iso8859_16",
    "koi8-r": "koi8_r koi koi8",
    "koi8-u": "koi8_u koi8-ru",
    "macintosh": "mac_roman mac x-mac-roman",
    "windows-874": "cp874 dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 iso8859_11",
    "windows-1250": "cp1250 x-cp1250",
    "windows-1251": "cp1251 x-cp1251",
    "windows-1252": "cp1252 x-cp1252 iso88591 latin-1 latin_1 iso8859_1 ansi",
    "windows-1253": "cp1253 x-cp1253",
    "windows-1254": "cp1254 x-cp1254 iso88599 iso8859_9",
    "windows-1255": "cp1255 x-cp1255",
    "windows-1256": "cp1256 x-cp1256",
    "windows-1257": "cp1257 x-cp1257",
    "windows-1258": "cp1258 x-cp1258",
    "x-mac-cyrillic": "mac_cyrillic x-mac-ukrainian",
    "gb18030": "gb18030 gbk x-gbk gb2312 gb-2312-80",
    "big5": "big5hkscs big5 big5-hkscs cn-big5 x-x-big5 cp950",
    "euc-jp": "euc_jp x-euc-jp cseucpkdfmtjapanese",
    "iso-2022-jp": "iso2022_jp",
    "shift_jis": "cp932 shift_jis x-sjis windows-31j",
    "euc-kr": "cp949 euc_kr windows-949 ksc5601 korean",
}
# Python's codecs that the standard lacks; all of them extend ASCII.
_PYTHON = [
    "cp437",
    "cp720",
    "cp737",
    "cp775",
    "cp850",
    "cp852",
    "cp855",
    "cp857",
    "cp858",
    "cp860",
    "cp861",
    "cp862",
    "cp863",
    "cp864",
    "cp865",
    "cp869",
    "cp1006",
    "cp1125",
    "euc_jis_2004",
    "euc_jisx0213",
    "hp_roman8",
    "hz",
    "iso2022_jp_1",
    "iso2022_jp_2",
    "iso2022_jp_2004",
    "iso2022_jp_3",
    "iso2022_jp_ext",
    "iso2022_kr",
    "johab",
    "koi8_t",
    "kz1048",
    "mac_croatian",
    "mac_greek",
    "mac_iceland",
    "mac_latin2",
    "mac_romanian",
    "mac_turkish",
    "ptcp154",
    "shift_jis_2004",
    "shift_jisx0213",
]
_IBM = {437, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 869}


def _labels() -> dict[str, Encoding]:
    known: dict[str, Encoding] = {}
    for name, line in _STANDARD.items():
        codec, *labels = line.split()
        encoding = Encoding(name, codec)
        for label in (name, codec, *labels):
            known.setdefault(normalize_encoding(label), encoding)
    for codec in _PYTHON:
        number = codec.removeprefix("cp")
        ibm = number.isdigit() and int(number) in _IBM
        name = f"ibm{number}" if ibm else codec.replace("_", "-")
        known[codec] = known[normalize_encoding(name)] = Encoding(name, codec)
    for alias, codec in aliases.items():
        if codec in known:
            known.setdefault(alias, known[codec])
    return known


_LABELS = _labels()
# Labels that tell nothing: ASCII bytes are the same in every encoding.
_NOTHING = frozenset({"ascii", "us_ascii", "ansi_x3.4_1968", "646", "iso646_us", "binary"})
_UTF_32 = ("utf_32", "utf32", "ucs_4", "iso_10646_ucs_4")


def find_encoding(label: str) -> Encoding | None:
    """The encoding that a sender's label means, or None for US-ASCII, which tells nothing.

    Raises UnreadableFile for an unknown label.
    """
    key = ""
    if len(label) <= _MAX_LABEL and label.isascii():
        key = normalize_encoding(label.strip().strip("\"'").lower())
    if not key or key in _NOTHING:
        if not label.strip() or key:
            return None
    elif key.startswith(_UTF_32):
        raise utf_32()
    elif key in _LABELS:
        return _LABELS[key]
    raise UnreadableFile(
        f"The encoding {label[:_MAX_LABEL]!r} is unknown. Give another, such as utf-8 or "
        "windows-1250, or leave it out so that it is detected."
    )


def named(name: str) -> Encoding:
    """The encoding with a name from the tables above."""
    return _LABELS[normalize_encoding(name.lower())]


def utf_32() -> UnreadableFile:
    return UnreadableFile("The file is in UTF-32. Save it in UTF-8 and send it again.")
