"""A person as the search knows them, and what its index is asked for. Pure.

Words of the index begin with some letters that stand for the account group, so that one index of
all account groups is asked about one. Two may have the same letters, so a statement checks the
group as well.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from houselist.search.texts import folded, grams_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Field: TypeAlias = Literal["company", "title", "location"]
FIELDS: Final[tuple[Field, ...]] = ("company", "title", "location")

# What a document is made from, in this order: columns of prospects.
COLUMNS: Final = (
    "name",
    "first_name",
    "last_name",
    "headline",
    "title",
    "company_name",
    "location",
    "email",
)
KEY_LENGTH: Final = 80
"""Characters of a name or company that people are sorted by."""
MAX_WORD: Final = 100
"""Characters of a word that are compared."""
_HAS_EMAIL, _NO_EMAIL = "@", "!"
# Between the parts of a value: folded texts have no control characters.
BETWEEN_PARTS: Final = "\x01"
_GRAM: Final = 3


class Document(NamedTuple):
    """The texts of a person, folded; '' where nobody knows."""

    name: str
    company: str
    title: str
    location: str
    words: frozenset[str]
    has_email: bool

    def field(self, name: Field) -> str:
        return {"company": self.company, "title": self.title, "location": self.location}[name]


@lru_cache(5_000)
def _read(text: str) -> tuple[str, frozenset[str]]:
    """A text folded, and its words."""
    low = folded(text)
    return low, frozenset(word[:MAX_WORD] for word in words_of(low))


def document(values: Sequence[str | None]) -> Document:
    """A person's document, from the values of COLUMNS."""
    name, first_name, last_name, headline, title, company, location, email = values
    if not name:
        name = " ".join(filter(None, (first_name, last_name)))
    # These are seldom the same for two people.
    low_name = folded(name)
    rare = words_of(f"{low_name} {folded(headline or '')} {folded(email or '')}")
    low_title, title_words = _read(title or "")
    low_company, company_words = _read(company or "")
    low_location, location_words = _read(location or "")
    words = title_words.union(
        company_words, location_words, [word[:MAX_WORD] for word in rare] if rare else ()
    )
    return Document(low_name, low_company, low_title, low_location, words, bool(email))


@lru_cache(1_000)
def mark_of(account_group_id: bytes) -> str:
    """The letters that stand for an account group."""
    digest = hashlib.blake2b(account_group_id, digest_size=3).digest()
    return base64.urlsafe_b64encode(digest)[:3].decode()


def index_words(mark: str, person: Document) -> str:
    """A person's words as the index has them, with a blank in front of all but the first."""
    first = email_word(mark, has_email=person.has_email)
    return f" {mark}".join((first, *sorted(person.words)))


def email_word(mark: str, *, has_email: bool) -> str:
    """The word of the index for whether somebody has an e-mail address; the first of a person's."""
    return mark + (_HAS_EMAIL if has_email else _NO_EMAIL)


def hash_of(value: str) -> int:
    """What stands for a company, title or location: 64 bits, signed."""
    return int.from_bytes(
        hashlib.blake2b(value.encode(), digest_size=8).digest(), "big", signed=True
    )


def index_parts(mark: str, field: Field, value: str) -> str:
    """The parts of a value as the index of values has them."""
    head = mark + field[0]
    return BETWEEN_PARTS.join(head + gram for gram in grams_of(value))


def words_query(mark: str, words: Iterable[str], *, has_email: bool | None) -> str | None:
    """What the index of words is asked for, as a tsquery; None for nothing.

    It may find more people than it should, never fewer: of short words, which many have, it is
    asked only where there are no others.
    """
    long = [word for word in words if len(word) >= _GRAM]
    terms = [f"'{mark}{word}':*" for word in long or words]
    if has_email is not None:
        terms.append(f"'{email_word(mark, has_email=has_email)}'")
    return " & ".join(terms) or None


def parts_query(mark: str, field: Field, part: str) -> str:
    """What the index of values is asked for: values with this part, and some more."""
    head = mark + field[0]
    if len(part) < _GRAM:
        return f"{_quoted(head + part)}:*"
    grams = {part[at : at + _GRAM] for at in range(len(part) - _GRAM + 1)}
    return " & ".join(_quoted(head + gram) for gram in sorted(grams))


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
