"""Whether bytes that read as one encoding are more likely of one that no detector has a model of.

Languages are known here by their letters only. A text with the letters of several languages is no
error, but it is doubtful when the same bytes, read another way, have the letters of just one.
"""

from __future__ import annotations

import codecs
import re

from houselist.files.encoding_shapes import looks_spelled

# Of Albanian, Czech, German, Hungarian, Croatian, Polish, Romanian and Slovak.
_CENTRAL = (
    "çë",
    "áčďéěíňóřšťúůýž",
    "äöüß",
    "áéíóöőúüű",
    "čćđšž",
    "ąćęłńóśźż",
    "âăîşţ",
    "áäčďéíĺľňóôŕšťúýž",
)
_READ_AS = {"iso-8859-2": _CENTRAL, "windows-1250": _CENTRAL}
# Python's codecs, and the letters of languages that they were made for: Turkish and Maltese;
# Lithuanian, Latvian and Estonian, twice, with Sami; Romanian, Hungarian and Polish.
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņōšūž", "äöõüšž", "áčđŋšŧž")
_RIVALS = {
    "iso8859_3": ("âçğîıöşûü", "àċèġħìòùż"),
    "iso8859_4": _BALTIC,
    "iso8859_10": _BALTIC,
    "iso8859_16": ("âăîșț", "áéíóöőúüű", "ąćęłńóśźż"),
}
_CHINESE = {"big5", "gb18030"}
_HANGUL = ("\uac00", "\ud7a3")
_FIRST_OF_TWO = re.compile(rb"([\x80-\xff])[\x40-\xff]")


def is_rather_another(name: str, text: str, sample: bytes) -> bool:
    """Whether `text`, which is the sample read as `name`, should not be believed."""
    if name in _CHINESE:
        return _is_of_few_rows(sample, text) or _is_johab(sample)
    alphabets = _READ_AS.get(name)
    if alphabets is None or _is_of_one(text, alphabets):
        return False
    return any(_fits(sample, codec, text) for codec in _RIVALS)


def _fits(sample: bytes, codec: str, text: str) -> bool:
    other = codecs.decode(sample, codec, "replace")
    return other != text and looks_spelled(other, codec) and _is_of_one(other, _RIVALS[codec])


def _is_of_one(text: str, alphabets: tuple[str, ...]) -> bool:
    letters = {char for char in text.lower() if not char.isascii() and char.isalpha()}
    return any(letters <= set(alphabet) for alphabet in alphabets)


def _is_of_few_rows(sample: bytes, text: str) -> bool:
    """Whether many characters begin with the same two bytes, as Cyrillic in encodings of Asia."""
    characters = {char for char in text if not char.isascii()}
    return len(characters) > 3 and len(set(_FIRST_OF_TWO.findall(sample))) <= 2


def _is_johab(sample: bytes) -> bool:
    """Whether each character is a syllable in the Korean encoding of DOS."""
    try:
        text = codecs.decode(sample, "johab")
    except UnicodeDecodeError:
        return False
    return all(char.isascii() or _HANGUL[0] <= char <= _HANGUL[1] for char in text)
