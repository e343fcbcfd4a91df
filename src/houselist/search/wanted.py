"""Who is searched for: filters in the form in which texts are compared. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.search.documents import FIELDS, MAX_WORD, email_word, mark_of, words_query
from houselist.search.texts import folded, words_of

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.search.documents import Document, Field

_ESCAPED = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Wanted(NamedTuple):
    """What people must have. `words`: each begins one of theirs; `parts`: of their fields, by name.

    `since` and `before` bound when they were added.
    """

    words: tuple[str, ...] = ()
    company: str | None = None
    title: str | None = None
    location: str | None = None
    has_email: bool | None = None
    since: datetime | None = None
    before: datetime | None = None

    @property
    def parts(self) -> dict[Field, str]:
        given = (self.company, self.title, self.location)
        wanted = zip(FIELDS, given, strict=True)
        return {field: part for field, part in wanted if part is not None}

    @property
    def asks_texts(self) -> bool:
        """Whether the texts of people have to be looked at."""
        return bool(self.words or self.parts) or self.has_email is not None

    def fits(self, person: Document) -> bool:
        """Whether the person's texts are as wanted."""
        if self.has_email is not None and person.has_email is not self.has_email:
            return False
        if any(part not in person.field(field) for field, part in self.parts.items()):
            return False
        return all(any(word.startswith(each) for word in person.words) for each in self.words)

    def query(self, account_group_id: bytes) -> str | None:
        """What the index of words is asked for."""
        return words_query(mark_of(account_group_id), self.words, has_email=self.has_email)

    def patterns(self, account_group_id: bytes) -> list[str]:
        """What search_texts.words is LIKE, all of them."""
        mark = mark_of(account_group_id)
        # Words hold nothing that a pattern would read otherwise; the letters of a group may.
        head = mark.translate(_ESCAPED)
        found = [f"% {head}{word}%" for word in self.words]
        if self.has_email is not None:
            found.append(email_word(mark, has_email=self.has_email).translate(_ESCAPED) + "%")
        return found


def wanted_words(text: str) -> tuple[str, ...]:
    """The words that a search text asks for, each once."""
    return tuple(dict.fromkeys(word[:MAX_WORD] for word in words_of(folded(text))))


def containing(part: str) -> str:
    """The pattern of a text that contains a folded one."""
    return f"%{part.translate(_ESCAPED)}%"
