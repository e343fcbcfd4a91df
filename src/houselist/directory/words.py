"""How text becomes the words that are searched, when people are loaded and when they are asked for.

Both go through here, so that `jose` finds José. Pure.
"""

from __future__ import annotations

import re
import unicodedata

# Both are cut so that what one person fills stays within what PostgreSQL's tsvector holds.
_MAX_LETTERS = 80
_MAX_TEXT = 10_000

# Letters without a decomposition, which people type as others.
_PLAIN = str.maketrans(
    dict(zip("øłđðıħŧŋ", "olddihtn", strict=True)) | {"þ": "th", "æ": "ae", "œ": "oe"}
)
# Chinese and Japanese have no spaces between words, so each sign is a word and a run is a phrase.
_SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# `C++` and `C#` keep their signs; `A+B` and `#hiring` don't.
_WORD = re.compile(rf"[{_SIGNS}]|[^\W_{_SIGNS}]+(?:[+#]+(?![^\W_]))?")


def fold(text: str) -> str:
    """Text without case and accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_PLAIN)


def words(text: str) -> list[str]:
    """The words of a text in order, folded: letters and digits, at most with + or # behind them."""
    folded = fold(text[:_MAX_TEXT])[:_MAX_TEXT]
    return [word[:_MAX_LETTERS] for word in _WORD.findall(folded)]
