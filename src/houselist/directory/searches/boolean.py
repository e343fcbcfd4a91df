"""LinkedIn's Boolean search as a tsquery: quotes, AND, OR, NOT and parentheses. Pure.

Any text can be read: unbalanced quotes and parentheses are made the best of. Operators are in
capitals, as on LinkedIn; a space means AND; NOT binds tightest, then AND, then OR.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.directory.lexemes import PREFIXES, quoted
from houselist.directory.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.fields import SearchField

_MAX_WORDS = 500
_MAX_DEPTH = 30

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"'))
_TOKEN = re.compile(r'"[^"]*"?|[()]|[^\s()"]+')


class TooMuch(ValueError):
    """The text is more than one query can hold."""


def boolean(field: SearchField, text: str) -> str | None:
    """The tsquery that finds a text in a field; None if the text has no word. Raises TooMuch."""
    tokens = _TOKEN.findall(text.translate(_QUOTES))
    return _Reader(PREFIXES[field], tokens).read()


def all_of(parts: Iterable[str | None]) -> str | None:
    """A query for all of the parts that are not None."""
    return _joined(" & ", parts)


def any_of(parts: Iterable[str | None]) -> str | None:
    """A query for any of the parts that are not None."""
    return _joined(" | ", parts)


def none_of(parts: Iterable[str | None]) -> str | None:
    """A query for none of the parts that are not None."""
    found = any_of(parts)
    return found and f"!{found}"


def _joined(operator: str, parts: Iterable[str | None]) -> str | None:
    there = [part for part in parts if part is not None]
    if len(there) < 2:
        return there[0] if there else None
    return f"({operator.join(there)})"


class _Reader:
    """Reads tokens front to back, each once."""

    def __init__(self, prefix: str, tokens: list[str]) -> None:
        self._prefix = prefix
        self._tokens = tokens
        self._at = 0
        self._words = 0

    def read(self) -> str | None:
        parts: list[str | None] = []
        while self._at < len(self._tokens):
            parts.append(self._any(0))
            self._take(")")  # one too many
        return all_of(parts)

    def _take(self, token: str) -> bool:
        if self._tokens[self._at : self._at + 1] == [token]:
            self._at += 1
            return True
        return False

    def _any(self, depth: int) -> str | None:
        parts = [self._all(depth)]
        while self._take("OR"):
            parts.append(self._all(depth))
        return any_of(parts)

    def _all(self, depth: int) -> str | None:
        parts: list[str | None] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in {")", "OR"}:
            if not self._take("AND"):
                parts.append(self._one(depth))
        return all_of(parts)

    def _one(self, depth: int) -> str | None:
        negative = False
        while self._take("NOT"):
            negative = not negative
        found = self._operand(depth)
        return none_of([found]) if negative else found

    def _operand(self, depth: int) -> str | None:
        if self._take("("):
            if depth >= _MAX_DEPTH:
                raise TooMuch(f"has more than {_MAX_DEPTH} parentheses inside each other")
            found = self._any(depth + 1)
            self._take(")")
            return found
        token = self._tokens[self._at] if self._at < len(self._tokens) else ")"
        if token in {")", "OR", "AND"}:
            return None  # a NOT with nothing after it
        self._at += 1
        return self._phrase(token)

    def _phrase(self, token: str) -> str | None:
        """A quoted phrase, or a word, which may be several lexemes: `jean-pierre`, `R&D`."""
        found = words(token)
        self._words += len(found)
        if self._words > _MAX_WORDS:
            raise TooMuch(f"has more than {_MAX_WORDS} words")
        lexemes = [quoted(self._prefix + word) for word in found]
        if len(lexemes) < 2:
            return lexemes[0] if lexemes else None
        return f"({' <-> '.join(lexemes)})"
