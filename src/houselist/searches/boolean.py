"""LinkedIn's Boolean search: quotes, AND, OR, NOT, parentheses and fields (`title:cto`). Pure.

LinkedIn's help pages "Use Boolean search on LinkedIn" and "Search operators": operators are in
capitals, a space means AND, NOT binds tightest, then AND, then OR; there is no minus. Any text can
be read: unbalanced quotes and parentheses are made the best of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from houselist.searches.shapes import All, AnyOf, Not, Phrase, UnreadableSearch
from houselist.searches.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.searches.shapes import Expression, Field

_MAX_WORDS: Final = 500
_MAX_DEPTH: Final = 30
_MAX_SHOWN: Final = 40

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"'))
_FIELDS: Final[dict[str, Field]] = {
    "title": "title",
    "company": "company",
    "firstname": "firstName",
    "lastname": "lastName",
    "school": "school",
}
# These work on LinkedIn or in Recruiter, too, but no provider here can be asked.
_OTHER_FIELDS: Final = (
    "headline",
    "location",
    "geo",
    "industry",
    "skill",
    "skills",
    "yoe",
    "startyear",
    "seniority",
    "spokenlanguage",
    "languages",
    "degree",
    "fieldofstudy",
    "occupation",
    "summary",
    "function",
    "groups",
)
_FIELD = "|".join((*_FIELDS, *_OTHER_FIELDS))
# A field's name, a quoted phrase, a parenthesis, a minus in front of something, or a word.
_NOT: Final = "NOT"
_TOKEN = re.compile(
    rf'(?P<field>(?:{_FIELD}):(?=\s*[^\s)]))|"[^"]*"?|[()]|(?P<minus>(?<![^\s(])-(?=["(\w]))'
    r'|[^\s()"]+',
    re.IGNORECASE,
)
# Written in front of a token of these kinds, because a word may look the same.
_FIELD_MARK: Final = "\0field "
_MINUS: Final = "\0minus"


def read_boolean(field: Field, text: str) -> Expression | None:
    """What a text asks for in a field; None if it has no word. Raises UnreadableSearch."""
    tokens = [
        _token(match) for match in _TOKEN.finditer(text.translate(_QUOTES).replace("\0", " "))
    ]
    return _Reader(text, tokens).read(field)


def read_name(field: Field, text: str) -> Expression | None:
    """All words of a name that was chosen from a list, so that `and` in it is no operator."""
    return all_of([Phrase(field, word) for word in words(text)[:_MAX_WORDS]])


def all_of(parts: Sequence[Expression | None]) -> Expression | None:
    """All of the parts that are there."""
    there = tuple(part for part in parts if part is not None)
    return All(there) if len(there) > 1 else there[0] if there else None


def any_of(parts: Sequence[Expression | None]) -> Expression | None:
    """Any of the parts that are there."""
    there = tuple(part for part in parts if part is not None)
    return AnyOf(there) if len(there) > 1 else there[0] if there else None


class _Reader:
    """Reads tokens front to back, each once."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0
        self._words = 0

    def read(self, field: Field) -> Expression | None:
        parts: list[Expression | None] = []
        while self._at < len(self._tokens):
            parts.append(self._any(field, 0))
            self._take(")")  # one too many
        return all_of(parts)

    def _take(self, token: str) -> bool:
        if self._tokens[self._at : self._at + 1] == [token]:
            self._at += 1
            return True
        return False

    def _any(self, field: Field, depth: int) -> Expression | None:
        parts = [self._all(field, depth)]
        while self._take("OR"):
            parts.append(self._all(field, depth))
        return any_of(parts)

    def _all(self, field: Field, depth: int) -> Expression | None:
        parts: list[Expression | None] = []
        while self._at < len(self._tokens) and self._tokens[self._at] not in {")", "OR"}:
            if not self._take("AND"):
                parts.append(self._one(field, depth))
        return all_of(parts)

    def _one(self, field: Field, depth: int) -> Expression | None:
        """An operand, with NOT and a field in front of it, in any order."""
        start, negative, name = self._at, False, None
        while self._at < len(self._tokens):
            if self._take(_NOT):
                negative = not negative
            elif self._tokens[self._at].startswith(_FIELD_MARK):
                name = self._tokens[self._at].removeprefix(_FIELD_MARK).removesuffix(":").lower()
                self._at += 1
            else:
                break
        known = field if name is None else _FIELDS.get(name, "other")
        found = self._operand(known, depth)
        if found is not None and name is not None and known == "other":
            found = Phrase("other", self._written(start))
        return Not(found) if negative and found is not None else found

    def _operand(self, field: Field, depth: int) -> Expression | None:
        if self._take("("):
            if depth >= _MAX_DEPTH:
                raise self._too_much(f"more than {_MAX_DEPTH} parentheses inside each other")
            found = self._any(field, depth + 1)
            self._take(")")
            return found
        token = self._tokens[self._at] if self._at < len(self._tokens) else ")"
        if token in {")", "OR", "AND"}:
            return None  # a NOT with nothing after it
        self._at += 1
        if token == _MINUS:
            raise UnreadableSearch(
                f"LinkedIn's search has no minus, so it is unclear what {_shown(self._text)} means."
                " Write NOT in front of what is not wanted."
            )
        return self._phrase(field, token)

    def _written(self, start: int) -> str:
        """The tokens from one on to here, as text."""
        tokens = [token for token in self._tokens[start : self._at] if token != _NOT]
        text = " ".join(token.removeprefix(_FIELD_MARK) for token in tokens)
        return text.replace(": ", ":", 1).replace("( ", "(").replace(" )", ")")

    def _phrase(self, field: Field, token: str) -> Expression | None:
        """A quoted phrase, or a word, which may be several: `jean-pierre`, `R&D`."""
        found = words(token)
        self._words += len(found)
        if self._words > _MAX_WORDS:
            raise self._too_much(f"more than {_MAX_WORDS} words")
        return Phrase(field, token.strip('"')) if found else None

    def _too_much(self, what: str) -> UnreadableSearch:
        return UnreadableSearch(f"{_shown(self._text)} has {what}: ask for less.")


def _token(match: re.Match[str]) -> str:
    if match["minus"]:
        return _MINUS
    return f"{_FIELD_MARK}{match[0]}" if match["field"] else match[0]


def _shown(text: str) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * _MAX_SHOWN]).split())
    return f"“{plain if len(plain) <= _MAX_SHOWN else plain[: _MAX_SHOWN - 1] + '…'}”"
