"""How texts are compared: without accents and case, by how words begin or by any part. Pure.

One definition for people and for what is searched for, so that they can't differ.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 1_000
"""Characters of a person's field that can be found; what stands after them can't."""

# Letters with a stroke and ligatures, which Unicode does not take apart.
_TAKEN_APART: Final = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ð": "d",
        "đ": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "\u0131": "i",
        "ĸ": "k",
        "ə": "e",
        "ƒ": "f",
        "ɓ": "b",
        "ɗ": "d",
        "ɫ": "l",
        "ƶ": "z",
        "\u02bb": "'",
        "\u02bc": "'",
        "\u2018": "'",
        "\u2019": "'",
    }
)
# Accents of European alphabets. Marks of other scripts are part of what is written.
_ACCENTS: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# What is seen by nobody: soft hyphens, joiners, marks of direction, selectors of form.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_SPACES: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
# Marks that belong to words of Hebrew, Arabic, and the scripts of India and its neighbours.
_MARKS: Final = (
    "\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0816-\u082d\u0859-\u085b"
    "\u08ca-\u0963\u0971-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd"
    "\u0f18-\u0f19\u0f35-\u0f39\u0f3e-\u0f3f\u0f71-\u0f84\u0f8d-\u0fbc\u102b-\u103e"
    "\u1056-\u1059\u1062-\u108f\u135d-\u135f\u1712-\u1715\u17b4-\u17d3\u1885-\u18a9"
    "\u1920-\u193b\u1a17-\u1a7f\u1b00-\u1b04\u1b34-\u1b44\u3099\u309a\ua8e0-\ua8f1\uaa29-\uaa36"
)
_WORD: Final = re.compile(f"(?:[^\\W_]|[{_MARKS}])+")
_ASCII_WORD: Final = re.compile("[a-z0-9]+")


def folded(text: str) -> str:
    """A text in the form in which texts are compared: no accents, no case, single spaces."""
    cut = text[:LONGEST]
    if cut.isascii():
        low = cut.lower()
    else:
        # Cut again: some letters become many.
        low = unicodedata.normalize("NFKD", _UNSEEN.sub("", cut).casefold())[: 4 * LONGEST]
        low = _ACCENTS.sub("", low).translate(_TAKEN_APART).casefold()
        low = unicodedata.normalize("NFC", low)
    return " ".join(low.split()) if low.isprintable() else _SPACES.sub(" ", low).strip()


def words_of(text: str) -> list[str]:
    """The words of a folded text: its runs of letters and digits."""
    return (_ASCII_WORD if text.isascii() else _WORD).findall(text)


def begins(words: str, wanted: Iterable[str]) -> bool:
    """Whether each wanted word begins one of `words`, which stand behind a space each."""
    return all(f" {each}" in words for each in wanted)


def grams_of(text: str) -> frozenset[str]:
    """The parts of three characters of a folded text, and the shorter ones at its end.

    Every text that is a part of it begins one of them, or consists of them.
    """
    return frozenset(text[at : at + 3] for at in range(len(text)))
