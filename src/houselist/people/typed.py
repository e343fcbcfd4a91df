"""What people type about a person, checked as it is read. Pure.

What identifies is read by the rules for the cells of files; a text that they would have to repair
by guessing is refused.
"""

from __future__ import annotations

from typing import Self

from houselist.linkedin import Profile, parse_profile, parse_slug
from houselist.people.cells.emails import read_emails
from houselist.people.rows import BROKEN, MAX_CELL

MAX_PROVIDER_ID = 255


def _trimmed(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        raise ValueError("is empty; send null to remove what is known")
    if len(trimmed) > MAX_CELL:
        raise ValueError(f"must have at most {MAX_CELL:,} characters")
    if "\x00" in trimmed or BROKEN.search(trimmed):
        raise ValueError("is not valid text: it holds a NUL character or half a letter")
    return trimmed


class PersonText(str):
    """1 to 100,000 characters after trimming. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        return super().__new__(cls, _trimmed(text))


class ProfileAddress(str):
    """The address of a person's profile on LinkedIn, or a URN of it. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        parse_profile(text)
        return super().__new__(cls, text)

    @property
    def profile(self) -> Profile:
        return parse_profile(self)


class PublicIdentifier(str):
    """The last part of a profile's address, or all of it. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        _read_identifier(text)
        return super().__new__(cls, text)

    @property
    def profile(self) -> Profile:
        return _read_identifier(self)


def _read_identifier(text: str) -> Profile:
    return parse_profile(text) if "/" in text else parse_slug(text)


class ProviderId(str):
    """1 to 255 characters after trimming, none of them control characters. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        trimmed = _trimmed(text)
        if len(trimmed) > MAX_PROVIDER_ID or any(ord(c) < 0x20 or c == "\x7f" for c in trimmed):
            raise ValueError(
                f"must be 1 to {MAX_PROVIDER_ID} characters, none of them control characters"
            )
        return super().__new__(cls, trimmed)


class EmailAddress(str):
    """One e-mail address, in its canonical form: lower case. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        address, others, why = read_emails(_trimmed(text))
        if address is None:
            raise ValueError(why or "is not an e-mail address")
        if others:
            raise ValueError("holds more than one e-mail address; send one")
        return super().__new__(cls, address)
