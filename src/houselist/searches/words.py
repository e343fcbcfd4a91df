"""How text becomes the words of a search, both when people are loaded and when they are searched.

So `jose` finds José. Pure.
"""

from __future__ import annotations

import re
import unicodedata

# Both are cut, so that each person fits into PostgreSQL's tsvector.
_MAX_LETTERS = 80
_MAX_TEXT = 10_000

# Letters that Unicode does not decompose, and what people type for them.
_PLAIN = str.maketrans(
    dict(zip("øłđðıħŧŋ", "olddihtn", strict=True)) | {"þ": "th", "æ": "ae", "œ": "oe"}
)
# Chinese and Japanese have no spaces between words: each sign is a word, and several are a phrase.
_SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# `C++` and `C#` keep their signs; `A+B` and `#hiring` don't.
_WORD = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+(?:[+#]+(?![^\W_]))?")


def fold(text: str) -> str:
    """Text without case and accents."""
    if text.isascii():
        return text.lower()
    # Without its marks first, because putting many marks in order takes quadratic time.
    bare = _without_marks(text)
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", bare).casefold())
    return _without_marks(apart).translate(_PLAIN)


def _without_marks(text: str) -> str:
    return "".join(c for c in text if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The words of a text in order, folded: letters and digits, perhaps followed by + or #."""
    folded = fold(text[:_MAX_TEXT])[:_MAX_TEXT]
    return [word[:_MAX_LETTERS] for word in _WORD.findall(folded)]
