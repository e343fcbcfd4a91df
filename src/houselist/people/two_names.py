"""Whether two names can be one person's, for the note on an address that two people seem to share.

Pure. Anybody can send a name, so only its start is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from houselist.people.fields import FIRST_NAME, LAST_NAME, NAME

if TYPE_CHECKING:
    from houselist.people.fields import Values

_LENGTH = 80
_WORDS = 5
_LETTERS_EACH = 20
_SHOWN = 60
# A full name has a first and a last name.
_FULL = 2
# In a shorter word a different letter is no typing error: Jan and Jon.
_LONG_ENOUGH = 4
_SWAPPED = 2
_TITLES = {"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "ing", "mag", "phd", "mba"}
# Letters that Unicode does not decompose, and letters that are also written as two.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "a", "œ": "o", "\u0131": "i"}
)
_AS_TWO = re.compile(r"(?<=[aou])e")


def note_two_names(known: Values, values: Values, *, updates: bool) -> str | None:
    """A note if a row has a person's e-mail address and a clearly different name.

    `updates`: the row's name replaces the known one.
    """
    one, other = _name(known), _name(values)
    if one is None or other is None or one == other or not are_two(one, other):
        return None
    became = "the row's name was taken" if updates else "the name was kept"
    return (
        f"this e-mail address is known as that of {_shown(one)}, and the row says {_shown(other)};"
        f" {became}. Check whether they are one person"
    )


def are_two(one: str, other: str) -> bool:
    """Whether two full names have nothing in common: no word, initial or beginning of a word.

    Case, accents, order, titles and a mistyped letter make no difference. A nickname or a name
    taken in marriage leaves the other part, and a single word tells too little.
    """
    ours, theirs = _words(one), _words(other)
    if min(len(ours), len(theirs)) < _FULL:
        return False
    if "".join(ours).isascii() != "".join(theirs).isascii():
        return False  # two scripts
    return not any(_is_alike(word, each) for word in ours for each in theirs)


def _name(values: Values) -> str | None:
    first, last = values[FIRST_NAME], values[LAST_NAME]
    if isinstance(first, str) and isinstance(last, str):
        return f"{first[:_LENGTH]} {last[:_LENGTH]}"
    name = values[NAME]
    return name if isinstance(name, str) else None


def _words(name: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", name[: 2 * _LENGTH].casefold())
    bare = (letter for letter in letters if not unicodedata.combining(letter))
    plain = "".join(letter if letter.isalnum() else " " for letter in bare)
    words = plain.translate(_LETTERS).split()[: 2 * _WORDS]
    names = [word for word in words if word not in _TITLES] or words
    return [_AS_TWO.sub("", word[:_LETTERS_EACH]) for word in names[:_WORDS]]


def _is_alike(one: str, other: str) -> bool:
    """Whether two words are the same, one the other's beginning, or one letter apart."""
    if one.startswith(other) or other.startswith(one):
        return True
    if min(len(one), len(other)) < _LONG_ENOUGH:
        return False
    one, other = _unlike(one, other)
    one, other = _unlike(one[::-1], other[::-1])
    return max(len(one), len(other)) <= 1 or (len(one) == _SWAPPED and one == other[::-1])


def _unlike(one: str, other: str) -> tuple[str, str]:
    """What is left of two words from their first difference on."""
    pairs = zip(one, other, strict=False)
    same = next(
        (n for n, pair in enumerate(pairs) if pair[0] != pair[1]), min(len(one), len(other))
    )
    return one[same:], other[same:]


def _shown(name: str) -> str:
    """A name that is safe to show: cut, and without control characters."""
    cut = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    return "".join(letter if letter.isprintable() else " " for letter in cut)
