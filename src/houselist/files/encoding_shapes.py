"""Whether text in an 8-bit encoding looks as people write: how its letters and signs stand.

Each byte becomes a letter that names its kind, and patterns over these kinds find what is
odd: a capital inside a word (JosÈ), a sign inside a word (Mu-oz), two alphabets in one word
(Mьller). They find by sight what gives a wrong encoding away, and know nothing of languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

_ASCII = bytes(range(0x80))
_NOT_ASCII_LETTERS = bytes(set(range(256)) - set(b"aA"))
# Of the letters in words with any above ASCII. Cyrillic read as Latin has nothing else.
_MAX_ACCENTED = 0.6
_ALPHABETS = ("GREEK", "CYRILLIC")
_QUOTES = "\u201a\u201b\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb\u2026\u2022\u00b7"
_APOSTROPHES = "\u2018\u2019\u0384"
_DASHES = "\u2013\u2014"
_RARE = "\u00b4\u00a4\u00a6\u00a8\u00b8\u00bc\u00bd\u00be\u0385"
# The kinds: a, A letters of ASCII; b, B other Latin ones; c, C Greek and Cyrillic; x letters
# without case; k signs over them; q punctuation; v apostrophes; d dashes; n no-break space;
# p before a word; o ª, º; m money; r ®, ™; s other signs; z signs in whose places other encodings
# of the family have letters; ! no text. Of ASCII, a comma starts a cell and 5 is a digit.
_SOME_LETTER = rb"[aAbBcCxk]"
_ODD = tuple(
    re.compile(pattern)
    for pattern in (
        rb"[aAbB][cCxk]|[cCxk][aAbB]",
        rb"[ab]B|b[AB]|cC|[AB]b[AB]|[AB]B[AB][ab]",
        _SOME_LETTER + rb"[sz]|[sz]" + _SOME_LETTER,
        rb"[aAbBcCxk][pomr][aAbBcCxk]|r[aAbBcCx]|[aAbB]{2}m|m[aAbB]|[aAbB]p",
        _SOME_LETTER
        + rb"q"
        + _SOME_LETTER
        + rb"|[abcxk][vd][abcxk]|[aAbB]n[ab]|(?<![cC])v[cC]|(?<![xk])k|qc",
    )
)
_AT_LETTER = re.compile(_SOME_LETTER + rb"q|q" + _SOME_LETTER)
_WORD = re.compile(rb"[aAbBcCxkqvdnsmozpr']*[bBcCxkqnsmozpr][aAbBcCxkqvdnsmozpr']*")
_LOWER_START = re.compile(rb"(?:^|[,\n])[b][ab]")
# In Windows, what other encodings have unlikely letters for: the English 's, the French l' and
# d', O'Brien, a dash between spaces, the euro of an amount, quotes in pairs.
_USUAL = re.compile(
    rb"(?<=[A-Za-z]{3})\x92(?=s\b)|(?<=\b[dlDL])\x92(?=[a-z])|(?<=\b[A-Z])\x92(?=[A-Z][a-z])"
    rb"|(?<= )\x96(?= )|(?<=[0-9])\x80|(?<=[0-9] )\x80|\x80(?= ?[0-9])"
    rb"|(?<![A-Za-z])[\x84\x93\x94]([^\x80-\x9f\n]{1,80})[\x93\x94](?![A-Za-z])"
)


@cache
def kinds(codec: str) -> bytes:
    """A table for bytes.translate: the kind of each byte's character."""
    return "".join(_kind(byte, codec) for byte in range(256)).encode()


def _kind(byte: int, codec: str) -> str:
    char = bytes([byte]).decode(codec, "ignore")
    if char.isascii() and char:
        if char.isalpha():
            return "a" if char.islower() else "A"
        return (
            "\n" if char in "\r\n" else "," if char in ',;\t|"' else "5" if char.isdigit() else "."
        )
    if not char or char == "\xad" or unicodedata.category(char) in {"Cc", "Cn", "Co"}:
        return "!"
    return _sign(char) or _letter(char)


def _sign(char: str) -> str:
    for kind, chars in {
        "q": _QUOTES,
        "v": _APOSTROPHES,
        "d": _DASHES,
        "n": "\xa0",
        "p": "¿¡",
        "o": "ªº°",
        "m": "€£¥¢₪₫",
        "r": "®™",
        "z": _RARE,
        "s": "Ÿƒﬁﬂ",
    }.items():
        if char in chars:
            return kind
    return ""


def _letter(char: str) -> str:
    name = unicodedata.name(char, "")
    if unicodedata.category(char) in {"Mn", "Cf"}:
        return "b" if name.startswith("COMBINING") else "k"
    if not char.isalpha() or name.startswith("MICRO"):
        return "s"
    if name.startswith("LATIN"):
        return "B" if char.isupper() else "b"
    if name.startswith(_ALPHABETS):
        return "C" if char.isupper() else "c"
    return "x"


def looks_written(sample: bytes, codec: str) -> bool:
    """Whether a sample of lines, read by an 8-bit codec, shows next to nothing that is odd."""
    windows = codec.startswith("cp125")
    usual = _USUAL.sub(rb"'\1'", sample) if windows else sample
    shape = usual.translate(kinds(codec))
    if b"!" in shape or not _is_one_alphabet(shape):
        return False
    letters = sum(map(shape.count, (b"b", b"B", b"c", b"C", b"x", b"k")))
    if len(_AT_LETTER.findall(shape)) > letters:
        return False
    words = len(_WORD.findall(shape))
    odd = sum(len(pattern.findall(shape)) for pattern in _ODD) + shape.count(b"z")
    if odd * 100 > words or len(_LOWER_START.findall(shape)) * 10 > words:
        return False
    return not windows or _letters_stand_high(sample, codec)


def _is_one_alphabet(shape: bytes) -> bool:
    """Whether what it has of accented Latin letters is no other alphabet, nor stands beside one."""
    latin, without_case = shape.count(b"b") + shape.count(b"B"), shape.count(b"x")
    plain = b"".join(_WORD.findall(shape)).translate(None, _NOT_ASCII_LETTERS)
    if latin > _MAX_ACCENTED * (latin + len(plain)):
        return False
    return not latin or latin * 10 <= without_case or not without_case


def has_usual_signs_only(sample: bytes) -> bool:
    return _USUAL.sub(rb"'\1'", sample).isascii()


def _letters_stand_high(sample: bytes, codec: str) -> bool:
    """Whether at least a fifth of the accented letters is above 0xA0, as in Windows.

    Mac and DOS have nearly all of theirs below it, where Windows has Š, Ž, œ and a few more.
    """
    table = kinds(codec)
    letters = {byte for byte in range(0x80, 0x100) if table[byte] in b"bBcC"}
    counts = Counter(sample.translate(None, _ASCII))
    low = sum(counts[byte] for byte in letters if byte < 0xA0)
    return sum(counts[byte] for byte in letters) >= low * 5 / 4


# Spanish has ñ before vowels only, Polish ń never there. In the West, ç stands before a, o, u.
_NEVER = re.compile(r"ñ(?![aeiouáéíóú])|ń[aeiouyáéíóú]|ç[bcdfghjklmnpqrstvwxzð]", re.IGNORECASE)
_NEVER_WESTERN = re.compile(r"(?<=[a-z])ç[eéi]|\bÈ[bcdfghjklmnpqrst]", re.IGNORECASE)
# Letters of the West of Europe where a few are believed; other encodings have letters in the
# places of the others that stand just as well there (ň in that of ò, which Italian has after
# consonants; č in that of è).
_FEW = re.compile(
    r"(?:[äöüßéíóúñçåæ]|(?<![aeo])(?<![aeo][iu])á|ø(?![ieáý])|ã(?=o)|(?<=[aeiou])ë"
    r"|(?<=[bcdfglmnprstvz])ò|[a-z0-9_]|\W)*+",
    re.IGNORECASE,
)


def looks_spelled(text: str, codec: str) -> bool:
    """Whether next to none of a few tell-tale letters stand where no language has them."""
    if _is_mixed(text, codec):
        return False
    found = len(_NEVER.findall(text))
    if codec == "cp1252":
        found += len(_NEVER_WESTERN.findall(text))
    return found * 4 <= sum(map(text.count, "ñńÑŃçÇÈ"))


def _is_mixed(text: str, codec: str) -> bool:
    """Whether Slovak letters stand beside as many Polish ones, as Nordic ones of a Mac do."""
    if codec not in {"cp1250", "iso8859_2"}:
        return False
    slovak = sum(map(text.count, "ľĽĺĹŕŔ"))
    polish = sum(map(text.count, "śŚźŹżŻąĄęĘłŁ"))
    return min(slovak, polish) * 4 > max(slovak, polish)


def is_plainly_western(text: str) -> bool:
    """Whether even one or two of its letters above ASCII are likely what they seem."""
    return _FEW.fullmatch(text) is not None
