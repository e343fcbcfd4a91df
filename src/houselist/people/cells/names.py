"""First and last name from a full name, if it is certain which part is which. Pure.

nameparser has the rules of names: titles, credentials, 'Doe, Jane', particles, and names written
family first in Chinese, Japanese and Korean. Here is what it is not asked: texts that are long,
texts that are not names, and names about which it would only guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from nameparser import Lexicon, parse

from houselist.people.nothing import is_no_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nameparser import ParsedName

_LONGEST: Final = 200
_MAX_WORDS: Final = 12
# A text with one of these is more than a name: 'Jane Doe | CEO', 'jane@x.example', 'Team 4'.
_NO_NAME: Final = re.compile(r"[\d@/\\|<>=#_&+*:;!?\[\]{}]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_INITIAL: Final = re.compile(r"[^\W\d_]{1,2}\.?|[^\W\d_]\.[^\W\d_]\.")
_FAMILY_WORDS: Final = 2
_BEYOND_LATIN: Final = "\u0250"
# Words of companies and mailboxes.
_COMPANY_WORDS: Final = frozenset(
    ("gmbh", "inc", "inc.", "ltd", "ltd.", "llc", "corp", "corp.", "srl", "team", "company")
)
_EMPTY_WORDS: Final = frozenset(("nan", "null", "none", "undefined", "linkedin"))
# Vietnamese family names, which come first in Vietnamese, and last where it is written for others.
_FAMILY_FIRST_WORDS: Final = """
    nguyen nguyễn tran trần trân le lê pham phạm hoang hoàng huynh huỳnh phan vu vũ vo võ dang đặng
    bui bùi do đỗ ho hồ ngo ngô duong dương ly lý truong trương dinh đinh trinh trịnh doan đoàn
    luong lương mai đào cao
    """
_FAMILY_FIRST: Final = frozenset(_FAMILY_FIRST_WORDS.split())
_SHOUTED: Final = 3
# Of three Russian words, one is made of the father's name.
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_PATRONYMIC: Final = re.compile(".{2,}(?:[оеё]вич|[иь]ич|[оеё]вна|ична|инична|оглы|кызы)")
_RUSSIAN_FAMILY: Final = re.compile(".{2,}(?:[оеё]ва?|[сц]кий|[сц]кая|енко)")
_RUSSIAN_WORDS: Final = 3
# What may be invisible in a name, or turn the text after it around. The joiners stay: Persian,
# Indian languages and emoji need them.
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)
_BREAK: Final = re.compile("[\t\n\v\f\r\x85\u2028\u2029]")
# Korean names are certain without a space; Chinese and Japanese ones are not.
_HANGUL: Final = re.compile("[\uac00-\ud7a3]{2,5}")
_SEVERAL: Final = frozenset(("and", "und", "et", "y", "e", "en", "och", "og"))


# First and last name; None for what is not certain.
Parts: TypeAlias = tuple[str | None, str | None]

_UNKNOWN: Final[Parts] = (None, None)
NOBODY: Final[Parts] = (None, "")
"""The parts of a text that stands for no name, such as 'nan nan'."""


def _vocabulary() -> frozenset[str]:
    """Every word that is more to the parser than a name: titles, credentials, particles."""
    lexicon = Lexicon.default()
    sets = (getattr(lexicon, field.name) for field in fields(lexicon))
    return frozenset[str]().union(
        *(cast("frozenset[str]", words) for words in sets if isinstance(words, frozenset))
    )


_WORDS: Final = _vocabulary() | _COMPANY_WORDS | _EMPTY_WORDS
_PARTICLES: Final = Lexicon.default().particles


def visible_name(name: str) -> str | None:
    """A name without control characters and those that change the direction of text."""
    return " ".join(_INVISIBLE.sub(_gap, name).split()) or None


def _gap(found: re.Match[str]) -> str:
    return " " if _BREAK.search(found[0]) else ""


def split_name(name: str) -> Parts:
    """The parts of a full name that are certain."""
    if len(name) > _LONGEST:
        return _UNKNOWN
    return split_plain(name) or _split(name)


def split_plain(name: str) -> Parts | None:
    """The same for plain words, which most names are; None for others.

    This gives what the parser gives, in a hundredth of the time; a test compares the two.
    """
    if len(name) > _LONGEST:
        return None
    first, _, last = name.partition(" ")
    if first.isalpha() and (name.isascii() or max(name) < _BEYOND_LATIN):
        if last.isalpha() and first.lower() not in _WORDS and last.lower() not in _WORDS:
            is_sure = first.isascii() and not first.isupper()
            return (first, last) if is_sure or not _is_family_first([first, last]) else _UNKNOWN
        *middle, last = last.split(" ")
        if len(middle) < _MAX_WORDS and all(map(_is_plain, (first, *middle, last))):
            if middle and _is_family_first([first, *middle, last]):
                return _UNKNOWN
            return first, last if all(map(_INITIAL.fullmatch, middle)) else None
    return None


def _is_plain(word: str) -> bool:
    """Whether a word is part of a name and nothing else to the parser."""
    return word.isalpha() and word.lower() not in _WORDS


@lru_cache(maxsize=10_000)
def _split(name: str) -> Parts:
    if is_no_name(name):
        return NOBODY
    text = " ".join("".join(" " if _is_sign(char) else char for char in name).split())
    words = text.split()
    if not 1 < len(words) <= _MAX_WORDS and not _HANGUL.fullmatch(text):
        return _UNKNOWN
    if _NO_NAME.search(text) or not all(_LETTER.search(word) for word in words):
        return _UNKNOWN  # 'Jane Doe | CEO', 'Jane Doe - Coach'
    return _turned(text) or _sure(text, parse(text))


def _sure(text: str, found: ParsedName) -> Parts:
    """What the parser found without guessing."""
    first, last = found.given or None, found.family or None
    words = text.lower().replace(",", " ").split()
    if not _is_one_family(text, found.family) or not _COMPANY_WORDS.isdisjoint(words):
        return _UNKNOWN
    if first is None or last is None:
        title = found.title.split()
        return (first, last) if title and words[0] == title[0].lower() else _UNKNOWN
    if not _SEVERAL.isdisjoint(first.lower().split()):
        return _UNKNOWN  # 'Jane and John Doe'
    family = [word for word in last.split() if word.lower() not in _PARTICLES]
    if len(family) > _FAMILY_WORDS or not all(map(_INITIAL.fullmatch, found.middle.split())):
        # A second first name, or the first of two family names: 'Gabriel García Márquez'.
        return first, None
    return first, last


def _turned(text: str) -> Parts | None:
    """The parts of a name whose family name comes first; None if it is written as usual."""
    words = text.split()
    if "," in text:
        return None
    if _CYRILLIC.search(text) and (parts := _russian(words)) is not None:
        return parts
    return _UNKNOWN if _is_family_first(words) else None


def _is_family_first(words: Sequence[str]) -> bool:
    """Whether the first word is likely the family name: NGUYEN Van A, DOE Jane."""
    first = words[0]
    is_shouted = first.isupper() and not all(map(str.isupper, words))
    if is_shouted and len(first) >= _SHOUTED and "." not in first and first.lower() not in _WORDS:
        return True
    return first.lower() in _FAMILY_FIRST and (len(words) > 2 or not first.isascii())


def _russian(words: Sequence[str]) -> Parts | None:
    """The parts of a Russian name if their order is certain or unclear; None if it is as usual."""
    low = [word.lower() for word in words]
    if len(words) == _RUSSIAN_WORDS:
        fathers = [_PATRONYMIC.fullmatch(word) is not None for word in low]
        if fathers == [False, False, True]:
            return words[1], words[0]
        return (words[0], words[2]) if fathers == [False, True, False] else _UNKNOWN
    is_turned = _RUSSIAN_FAMILY.fullmatch(low[0]) and not _RUSSIAN_FAMILY.fullmatch(low[-1])
    return _UNKNOWN if is_turned else None


def _is_one_family(text: str, family: str) -> bool:
    """Whether the text before a comma, if there is one, can only be a family name.

    'Doe, Jane' and 'de la Cruz, Maria' are certain. In 'Jane Doe, Coach' the parser takes the
    profession for the first name.
    """
    head, comma, _ = text.partition(",")
    if not comma or head.strip() != family:
        return True
    words = head.split()
    return len(words) == 1 or (bool(words) and words[0].lower() in _PARTICLES)


def _is_sign(char: str) -> bool:
    """Whether it is an emoji or another sign that people put beside their name, or joins such."""
    return not char.isascii() and (
        unicodedata.category(char) in ("So", "Sk", "Sm", "Co", "Cn", "Cf") or char == "\ufe0f"
    )
