"""Files of contacts in many languages, in the encodings that their people save them in."""

from __future__ import annotations

import unicodedata
from pathlib import Path

_NAMES = Path(__file__).parents[1] / "files" / "names.txt"

# Name as Houselist tells it: Python's codec.
CODECS = {
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1252": "cp1252",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "cp874",
    "iso-8859-2": "iso8859_2",
    "iso-8859-5": "iso8859_5",
    "iso-8859-6": "iso8859_6",
    "iso-8859-7": "iso8859_7",
    "iso-8859-9": "iso8859_9",
    "iso-8859-13": "iso8859_13",
    "iso-8859-15": "iso8859_15",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "ibm437": "cp437",
    "ibm850": "cp850",
    "ibm852": "cp852",
    "ibm866": "cp866",
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "euc-kr": "cp949",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
}
_WESTERN = ("windows-1252", "iso-8859-15", "macintosh", "ibm850", "ibm437")
_CENTRAL = ("windows-1250", "iso-8859-2", "ibm852")
_BALTIC = ("windows-1257", "iso-8859-13")
_CYRILLIC = ("windows-1251", "iso-8859-5", "x-mac-cyrillic")
SAVED_IN = {
    **dict.fromkeys(("cs", "sk", "pl", "hu", "hr", "sl"), _CENTRAL),
    "ro": _CENTRAL[:2],
    **dict.fromkeys(("de", "fr", "es", "pt", "it", "sv", "fi"), _WESTERN),
    **dict.fromkeys(("da", "no", "is"), _WESTERN[:4]),
    "et": (*_BALTIC, "windows-1252", "iso-8859-15"),
    "lv": _BALTIC,
    "lt": _BALTIC,
    "tr": ("windows-1254", "iso-8859-9"),
    "el": ("windows-1253", "iso-8859-7"),
    "ru": (*_CYRILLIC, "koi8-r", "ibm866"),
    "uk": (*_CYRILLIC, "koi8-u"),
    "bg": _CYRILLIC,
    "sr": _CYRILLIC[:2],
    "he": ("windows-1255",),
    "ar": ("windows-1256", "iso-8859-6"),
    "th": ("windows-874",),
    "vi": ("windows-1258",),
    "ja": ("shift_jis", "euc-jp", "iso-2022-jp"),
    "ko": ("euc-kr",),
    "zh-Hans": ("gb18030",),
    "zh-Hant": ("big5",),
}
_HEADERS = (
    "id,First Name,Last Name,Email,LinkedIn URL,Company,City,Title",
    "Email,Last Name,First Name,Phone,City,Website",
    "Company,First Name,Last Name,Email",
)
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def load_names():
    """{language: {column: words}} of names.txt."""
    names = {}
    for line in _NAMES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, _, rest = line.partition(": ")
            given, surnames, cities, companies, jobs = (part.strip() for part in rest.split(";"))
            names[language] = {
                "First Name": given.split(),
                "Last Name": surnames.split(),
                "City": cities.split(","),
                "Company": companies.split(","),
                "Title": jobs.split(","),
            }
    return names


def make_file(words, random, rows):
    """CSV text with an English header and mostly ASCII columns."""
    columns = random.choice(_HEADERS).split(",")
    lines = [",".join(columns)]
    for number in range(rows):
        plain = {
            "id": str(1000 + number),
            "Email": f"person{random.randrange(999)}@company{number}.example",
            "LinkedIn URL": f"https://www.linkedin.com/in/user-{random.randrange(10**6)}",
            "Phone": f"+{random.randrange(10**9)}",
            "Website": f"www.firm{number}.example",
        }
        lines.append(",".join(plain.get(c) or random.choice(words[c]) for c in columns))
    return "\r\n".join(lines) + "\r\n"


def save_as(text, name):
    """The text as a program saves it in the encoding, without lines it has no letters for.

    Returns the text that is left and its bytes.
    """
    codec = CODECS[name]
    if codec in {"cp1250", "iso8859_2"}:
        text = text.translate(str.maketrans("ȘșȚț", "ŞşŢţ"))
    if codec == "cp1258":
        text = "".join(map(_vietnamese, text))
    if codec != "cp1252":
        text = text.replace("\u2019", "'")
    lines = []
    for line in text.split("\r\n"):
        try:
            lines.append((line, line.encode(codec)))
        except UnicodeEncodeError:
            continue
    return "\r\n".join(t for t, _ in lines), b"\r\n".join(b for _, b in lines)


def _vietnamese(char):
    """Windows-1258 has the letters, and the tones as signs after them."""
    parts = unicodedata.normalize("NFD", char)
    letter = unicodedata.normalize("NFC", "".join(p for p in parts if p not in _TONES))
    tones = "".join(p for p in parts if p in _TONES)
    whole = unicodedata.normalize("NFC", letter + tones)
    try:
        whole.encode("cp1258")
    except UnicodeEncodeError:
        return letter + tones
    return whole
