"""Text that people type: names, descriptions and search keys, checked as they are read. Pure."""

from __future__ import annotations

import unicodedata
from typing import Self

from houselist.invisible import turning, unseen

NAME_LENGTH = 200
DESCRIPTION_LENGTH = 2_000
_LINE_BREAKS = "\n\r\t"


class Name(str):
    """1 to 200 characters after trimming, none that controls or hides. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        trimmed = text.strip()
        if not 1 <= len(trimmed) <= NAME_LENGTH:
            raise ValueError(
                f"must have 1 to {NAME_LENGTH} characters, not counting spaces around it"
            )
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in trimmed):
            raise ValueError("must not hold control characters")
        if odd := unseen(trimmed):
            raise ValueError(
                "must not hold invisible characters, or ones that turn the direction of text; here"
                f" it is {_code(odd)}: type the name anew"
            )
        return super().__new__(cls, trimmed)

    @property
    def key(self) -> str:
        """What two names that differ only in case or in composition share."""
        return name_key(self)


class Description(str):
    """Up to 2,000 characters; line breaks and tabs may stand in it, nothing else that controls."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if len(text) > DESCRIPTION_LENGTH:
            raise ValueError(f"must have at most {DESCRIPTION_LENGTH} characters")
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in _LINE_BREAKS for c in text):
            raise ValueError("must not hold control characters other than line breaks and tabs")
        if odd := turning(text):
            raise ValueError(
                "must not hold characters that turn the direction of text, or invisible tags; here"
                f" it is {_code(odd)}: type it anew"
            )
        return super().__new__(cls, text)


def _code(letter: str) -> str:
    return f"U+{ord(letter):04X}"


def name_key(text: str) -> str:
    """A name as it is compared: composed, and without regard to case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
