"""What a search takes, checked as it is read: words, parts of texts, and moments. Pure."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Final, Self

from houselist.search.texts import folded
from houselist.search.wanted import wanted_words

MAX_LENGTH: Final = 200
MAX_WORDS: Final = 20
_TIME: Final = "must be a time with its zone, such as 2026-03-17T10:03:09Z"
_MAX_TIME: Final = 40
# Years in which every zone's time can be told in UTC as well.
_YEARS: Final = range(1900, 9999)


class Part(str):
    """A part of a text: 1 to 200 characters, none of them control characters. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not 1 <= len(text) <= MAX_LENGTH:
            raise ValueError(f"must have 1 to {MAX_LENGTH} characters; leave it out for no filter")
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
            raise ValueError("must not contain control characters")
        if not folded(text):
            raise ValueError("must have something in it; leave it out for no filter")
        return super().__new__(cls, text)


class Words(Part):
    """The same, with at most 20 words, and at least one. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        words = super().__new__(cls, text)
        found = len(wanted_words(text))
        if not found:
            raise ValueError("must have a letter or a digit to search for")
        if found > MAX_WORDS:
            raise ValueError(f"must have at most {MAX_WORDS} words; this has {found}")
        return words


class Moment(str):
    """A time with its zone. Raises ValueError."""

    __slots__ = ("at",)

    def __new__(cls, text: str) -> Self:
        # What a client wrote as + arrives as a blank where it was not escaped.
        given = text.replace(" ", "+", 1) if text[-6:-5] == " " else text
        try:
            at = datetime.fromisoformat(given) if len(given) <= _MAX_TIME else None
        except ValueError as error:
            raise ValueError(_TIME) from error
        if at is None or at.tzinfo is None:
            raise ValueError(_TIME)
        if at.year not in _YEARS:
            raise ValueError(f"must be in the years {_YEARS[0]} to {_YEARS[-1]}")
        moment = super().__new__(cls, text)
        moment.at = at.astimezone(UTC)
        return moment
