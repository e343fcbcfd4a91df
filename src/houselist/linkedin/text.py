"""Cleans and decodes pasted text, for all LinkedIn rules.

address.py reads what the address means (host, path, page).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from houselist.linkedin.reasons import Refused

MAX_LENGTH: Final = 4_096

# Soft hyphen, zero-width spaces and joiners, direction marks, invisible operators, BOM.
_ZERO_WIDTH: Final = dict.fromkeys((0xAD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF))
# Direction overrides around copied text are removed; inside they could disguise it: refused.
_BIDI: Final = "\u202a-\u202e\u2066-\u2069"
_CURLY: Final = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_QUOTES: Final = f"\"'`{_CURLY}"
_OPENING: Final = re.compile(rf"[\s<(\[{{{_QUOTES}{_BIDI}]+")
_ALWAYS_TRAILING: Final = re.compile(rf"[\s,;\uff0c\uff1b\u3001{_BIDI}]")
_BRACKETS: Final = ("<>", "()", "[]", "{}")

_FORBIDDEN: Final = re.compile(r"[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_QUERY_START: Final = re.compile(r"[?#]")
_SPACE: Final = re.compile(r"\s")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")


def clean(text: str, max_length: int = MAX_LENGTH) -> str:
    """The text without what copying adds around it. Refuses it if empty, too long or unsafe."""
    text = text.strip()
    if len(text) > max_length:
        raise Refused("too_long")
    if not text.isascii():
        text = text.translate(_ZERO_WIDTH)
    text = _without_wrapping(text)
    if not text:
        raise Refused("empty")
    check_characters(text)
    return text


def _without_wrapping(text: str) -> str:
    """Remove opening marks at the start, and closing marks and commas at the end.

    A closing bracket stays if something inside opens it, because URNs and Sales Navigator queries
    end in one; so does a quote that ends a query. A full stop is removed only if it is a single one
    after a word: several mean that the address was shortened.
    """
    lead = _OPENING.match(text)
    body = text[lead.end() :] if lead else text
    spare = {pair[1]: body.count(pair[1]) - body.count(pair[0]) for pair in _BRACKETS}
    query = body.find("?") if "?" in body else len(body)
    end = len(body)
    unpaired: dict[str, int] = {}
    while end:
        last = body[end - 1]
        if last == ".":
            droppable = end == 1 or body[end - 2] not in "./"
        elif last in _QUOTES:
            marks = _CURLY if last in _CURLY else last
            if marks not in unpaired:  # counted only once, in case the text is all quotes
                unpaired[marks] = sum(body.count(mark, query, end) for mark in marks)
            droppable = unpaired[marks] == 0 or unpaired[marks] % 2 == 1
            unpaired[marks] = max(0, unpaired[marks] - 1)
        elif last in spare:
            droppable = spare[last] > 0
            spare[last] -= 1
        else:
            droppable = _ALWAYS_TRAILING.match(last) is not None
        if not droppable:
            break
        end -= 1
    return body[:end]


def check_characters(text: str) -> None:
    """Refuse what URL parsers read differently from each other, before one of them sees it.

    White space is allowed in a query, where people type keywords, unless a second address
    follows it.
    """
    if _FORBIDDEN.search(text):
        raise Refused("bad_char")
    space = _SPACE.search(text)
    if space is None:
        return
    query = _QUERY_START.search(text)
    if query is None or space.start() < query.start():
        raise Refused("whitespace")
    if "linkedin.com/" in text[space.end() :].lower():
        raise Refused("whitespace")


def decode_once(text: str) -> str:
    """Percent-decode exactly once, as strict UTF-8. The result may contain further escapes."""
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text):
        raise Refused("bad_escape")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Refused("bad_escape") from None


def decode(text: str) -> str:
    """decode_once(), but refuses text that was encoded twice: guessing could change names."""
    decoded = decode_once(text)
    if _ESCAPE.search(decoded):
        raise Refused("double_encoded")
    return decoded
