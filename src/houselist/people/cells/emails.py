"""E-mail addresses as people paste them, each in one canonical form. Pure.

A mailbox is always the same text: lower case, no dot at the end, the domain in Unicode.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from houselist.people.cells.listed import listed_texts
from houselist.people.cells.placeholders import NUMBERED, SUSPECT, says_none, stands_for_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NO_ADDRESS: Final = "is not an e-mail address"
PLACEHOLDER: Final = "stands for no address"

# Plain addresses, which nearly all are; email-validator judges the others. The lengths are those
# of RFC 5321 4.5.3.1.
_PLAIN: Final = re.compile(
    r"(?=.{6,254}\Z)([a-z0-9_+-]{1,64}(?:\.[a-z0-9_+-]{1,62}){0,8})"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}\Z"
)
# The same for lines of text, with an empty local part for every other line. One that begins its
# domain again may stand for no address.
_PLAIN_LINES: Final = re.compile(
    r"^(?:([a-z0-9_+-]{1,64}(?:\.[a-z0-9_+-]{1,62}){0,8})@(?!\1)"
    r"(?:[a-z0-9](?:[a-z0-9-]{0,62}(?<!-))?\.){1,8}[a-z]{2,24}|.*)$",
    re.MULTILINE,
)
_LONGEST_LINE: Final = 254
_LOCAL_LENGTH: Final = 64
_LONGEST_ADDRESS: Final = 320
_LONGEST_CELL: Final = 5_000
_MAX_ADDRESSES: Final = 50

# Soft hyphens, zero-width and direction marks and BOMs are removed; full-width becomes plain.
_INVISIBLE: Final = dict.fromkeys(
    (0xAD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF)
)
_FULL_WIDTH: Final = {0xFEE0 + sign: chr(sign) for sign in range(0x21, 0x7F)}
_PLAINLY: Final = _INVISIBLE | _FULL_WIDTH | {0xFE6B: "@"}
_BETWEEN: Final = re.compile(r"([\s,;:|<>()\[\]{}\"\u201c\u201d\u201e\u00ab\u00bb\u3001]+)")
_AROUND: Final = "'`\u00b4\u2018\u2019\u201a\u2039\u203a*_.!?/\\"
_BEFORE: Final = "'`\u00b4\u2018\u2019\u201a\u2039\u203a*!?"


class Emails(NamedTuple):
    """The first usable address of a cell, and whether the cell holds others.

    `why`: what is wrong with the cell, if it has no usable address.
    """

    address: str | None
    others: bool
    why: str | None


def read_email(text: str) -> str | None:
    """The first usable address of a text, or None."""
    return read_emails(text).address


def read_emails(cell: str) -> Emails:
    """The addresses of a cell."""
    if len(cell) > _LONGEST_CELL:
        return Emails(None, others=False, why=NO_ADDRESS)
    plain = read_plain(cell)
    if plain is not None:
        return Emails(plain, others=False, why=None)
    found: dict[str, None] = {}
    placeholders = unusable = 0
    for text in _addresses(cell):
        address = _read_one(text)
        if address is None:
            unusable += 1
        elif stands_for_none(address):
            placeholders += 1
        else:
            found[address] = None
    if found:
        others = len(found) + unusable > 1
        return Emails(next(iter(found)), others=others, why=None)
    is_none = (placeholders and not unusable) or says_none(cell)
    return Emails(None, others=False, why=PLACEHOLDER if is_none else NO_ADDRESS)


def read_plain(cell: str) -> str | None:
    """The address of a cell that holds one and nothing else, as nearly all do; or None."""
    plain = cell.lower()
    match = _PLAIN.match(plain)
    if match is None or "xn--" in plain:  # a domain is stored in Unicode, not in punycode
        return None
    local = match[1]
    end = len(local)
    if end > _LOCAL_LENGTH or local in SUSPECT or (NUMBERED in local and stands_for_none(plain)):
        return None
    if plain[0] == plain[end + 1] and plain.startswith(local, end + 1):
        return None
    return plain


def plain_addresses(cells: Sequence[str | None]) -> Sequence[str | None]:
    """The same for many cells: an empty text for each that has to be read by itself."""
    if cells.count(None) == len(cells):
        return cells
    lines = "\n".join(
        cell if cell is not None and len(cell) <= _LONGEST_LINE else "" for cell in cells
    ).lower()
    # Lower case may turn one letter into two.
    if lines.count("\n") >= len(cells) or not lines.isascii() or "xn--" in lines:
        return [cell and (read_plain(cell) or "") for cell in cells]
    locals_ = _PLAIN_LINES.findall(lines)
    return [
        None
        if cell is None
        else address
        if local and len(local) <= _LOCAL_LENGTH and local not in SUSPECT and NUMBERED not in local
        else ""
        for cell, address, local in zip(cells, lines.split("\n"), locals_, strict=True)
    ]


def _addresses(cell: str) -> Iterator[str]:
    """The parts of a cell that have an @, without what is around them."""
    text = cell.translate(_PLAINLY) if not cell.isascii() else cell
    listed = listed_texts(text)
    if listed is not None:
        text = ",".join(listed)
    if "@" not in text and "%40" in text:
        text = unquote(text, errors="replace")
    seen = 0
    parts = ["", "", *_BETWEEN.split(text)]
    for before, between, piece in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
        if "@" not in piece:
            continue
        if between.isspace() and "@" not in before and any(map(str.isalnum, before)):
            # 'jo doe@x.example': a name before the address, or a dot that is missing in it?
            yield ""
            continue
        for part in _between_slashes(piece):
            seen += 1
            if seen > _MAX_ADDRESSES:
                return
            yield part


def _between_slashes(piece: str) -> list[str]:
    """'a@x.example/b@x.example' are two; in 'jo/dept@x.example' the slash is in the address."""
    if "/" not in piece:
        return [piece]
    head, _, rest = piece.partition("/")
    if "@" not in head:
        return [piece]
    return [head, *(part for part in rest.split("/") if "@" in part)]


def _read_one(text: str) -> str | None:
    """An address in its canonical form."""
    if len(text) > 2 * _LONGEST_ADDRESS:
        return None
    # What follows a question mark is the query of a mailto: address.
    end = text.find("?", text.find("@"))
    local, _, domain = (text if end < 0 else text[:end]).rpartition("@")
    local = local.lstrip(_BEFORE)
    if local.startswith("/") or local.endswith("/"):
        return None  # https://site.example/@jo
    address = f"{local}@{domain.rstrip(_AROUND)}".lower()
    plain = read_plain(address)
    if plain is not None:
        return plain
    if len(address) > _LONGEST_ADDRESS:
        return None
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
    except (EmailNotValidError, UnicodeError):
        return None
    # Lower case may decompose a letter, such as the Turkish dotted capital I.
    return found.normalized.lower()
