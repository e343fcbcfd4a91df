"""Whether text in an 8-bit encoding looks like what people write, judged by its letters and signs.

Each byte becomes a letter for its kind, and patterns over these kinds find oddities: a capital
inside a word (JosÈ), a sign inside a word (Mu-oz), two alphabets in one word (Mьller). They catch
what gives a wrong encoding away at a glance, and know nothing about languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

_ASCII = bytes(range(0x80))
_NOT_ASCII_LETTERS = bytes(set(range(256)) - set(b"aA"))
# The share of accented letters in words that have any. Cyrillic read as Latin has only those.
_MAX_ACCENTED = 0.6
_ALPHABETS = ("GREEK", "CYRILLIC")
_QUOTES = "\u201a\u201b\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb\u2026\u2022\u00b7"
_APOSTROPHES = "\u2018\u2019\u0384"
_DASHES = "\u2013\u2014"
_RARE = "\u00b4\u00a4\u00a6\u00a8\u00b8\u00bc\u00bd\u00be\u0385"
# The kinds: a, A letters of ASCII; b, B other Latin letters; c, C Greek and Cyrillic; x letters
# without case; k marks on them; q punctuation; v apostrophes; d dashes; n no-break space; p before
# a word; o ª, º; m money; r ®, ™; s other signs; z signs for which related encodings have letters;
# ! not text. In ASCII, a comma starts a cell and 5 is a digit.
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
# Windows bytes that would be unlikely letters in other encodings: the English 's, the French l' and
# d', O'Brien, a dash between spaces, the euro sign of an amount, paired quotes.
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
    """Whether a sample of lines, decoded with an 8-bit codec, shows hardly any oddities."""
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
    """Whether the accented Latin letters are not another alphabet, and not next to one."""
    latin, without_case = shape.count(b"b") + shape.count(b"B"), shape.count(b"x")
    plain = b"".join(_WORD.findall(shape)).translate(None, _NOT_ASCII_LETTERS)
    if latin > _MAX_ACCENTED * (latin + len(plain)):
        return False
    return not latin or latin * 10 <= without_case or not without_case


def has_usual_signs_only(sample: bytes) -> bool:
    return _USUAL.sub(rb"'\1'", sample).isascii()


def _letters_stand_high(sample: bytes, codec: str) -> bool:
    """Whether at least a fifth of the accented letters are above 0xA0, as in Windows encodings.

    Mac and DOS encodings have nearly all of theirs below it; Windows ones only Š, Ž, œ and a few.
    """
    table = kinds(codec)
    letters = {byte for byte in range(0x80, 0x100) if table[byte] in b"bBcC"}
    counts = Counter(sample.translate(None, _ASCII))
    low = sum(counts[byte] for byte in letters if byte < 0xA0)
    return sum(counts[byte] for byte in letters) >= low * 5 / 4


# Spanish has ñ only before vowels, Polish ń never. In Western Europe, ç comes before a, o or u.
_NEVER = re.compile(r"ñ(?![aeiouáéíóú])|ń[aeiouyáéíóú]|ç[bcdfghjklmnpqrstvwxzð]", re.IGNORECASE)
_NEVER_WESTERN = re.compile(r"(?<=[a-z])ç[eéi]|\bÈ[bcdfghjklmnpqrst]", re.IGNORECASE)
# Western European letters of which even a few are believed. The bytes of the other ones are letters
# in other encodings that would fit just as well (č for è; ň for ò, except after consonants, where
# Italian has ò).
_FEW = re.compile(
    r"(?:[äöüßéíóúñçåæ]|(?<![aeo])(?<![aeo][iu])á|ø(?![ieáý])|ã(?=o)|(?<=[aeiou])ë"
    r"|(?<=[bcdfglmnprstvz])ò|[a-z0-9_]|\W)*+",
    re.IGNORECASE,
)


# As Portuguese of DOS (ã) is read with another of its encodings.
_NEVER_DOS = re.compile(r"äo\b|öe\b", re.IGNORECASE)
# Cyrillic letters where no language has them, as Kazakh or Greek is read: Ukrainian and Belarusian
# vowels after consonants, South Slavic letters beside Russian ones, words without a vowel.
_CYRILLIC_WORD = re.compile("[\u0400-\u045f\u0490\u0491]{2,40}")
_NEVER_CYRILLIC = re.compile(
    r"\b[ьъ]|([юяэыьъў])\1|[бвгґджзйклмнпрстфхцчшщў][ўї]"
    r"|[ђјљњћџѓѕќ].{0,20}[йыэяюёщъьіїєґў]|[йыэяюёщъьіїєґў].{0,20}[ђјљњћџѓѕќ]"
    r"|[бвгґджзйклмнпрстфхцчшщ]{6}|\b[бвгґджзйклмнпстфхцчшщ]{3,40}\b",
    re.IGNORECASE,
)
_CYRILLIC_CODECS = {"cp1251", "koi8_r", "koi8_u", "mac_cyrillic", "iso8859_5", "cp866"}


def looks_spelled(text: str, codec: str) -> bool:
    """Whether hardly any telltale letters are in positions where no language has them."""
    if _is_mixed(text, codec):
        return False
    if codec in _CYRILLIC_CODECS:
        words = _CYRILLIC_WORD.findall(text)
        return 10 * sum(_NEVER_CYRILLIC.search(word) is not None for word in words) <= len(words)
    found = len(_NEVER.findall(text))
    if codec == "cp1252":
        found += len(_NEVER_WESTERN.findall(text))
    if codec in {"cp437", "cp850", "cp852"}:
        found += len(_NEVER_DOS.findall(text))
    return found * 4 <= sum(map(text.count, "ñńÑŃçÇÈ"))


def _is_mixed(text: str, codec: str) -> bool:
    """Whether there are Slovak and Polish letters alike, as when a Mac's Nordic text is misread."""
    if codec not in {"cp1250", "iso8859_2"}:
        return False
    slovak = sum(map(text.count, "ľĽĺĹŕŔ"))
    polish = sum(map(text.count, "śŚźŹżŻąĄęĘłŁ"))
    return min(slovak, polish) * 4 > max(slovak, polish)


def is_plainly_western(text: str) -> bool:
    """Whether its letters above ASCII are likely right even if there are only one or two."""
    return _FEW.fullmatch(text) is not None
