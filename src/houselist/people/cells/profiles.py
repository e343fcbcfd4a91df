"""LinkedIn addresses in the cells of a file, repaired if they are wrapped or mistyped. Pure.

linkedin/ decides what an address means, and what it accepts is not touched here. What it refuses
because it is unclear is not repaired: two addresses, spaces in a name, a bare name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from houselist.linkedin import Refused, parse_profile, parse_slug
from houselist.people.cells.listed import listed_texts

if TYPE_CHECKING:
    from houselist.linkedin import Profile

_LONGEST: Final = 4_096
_SITE: Final = r"(?:[a-z]{1,6}\.)?linkedin\.com/"

# Doubled or mistyped: https://https://, https:/, https// and ttps:// are all https://.
_SCHEME: Final = re.compile(rf"(?:https?:?/{{1,3}})?h?ttps?:?/{{1,3}}(?={_SITE})", re.IGNORECASE)
# A space, an invisible character or a slash that was encoded with the address.
_ENCODED_ENDS: Final = (
    "%20",
    "%09",
    "%0a",
    "%0d",
    "%c2%a0",
    "%e2%80%8b",
    "%e2%80%8c",
    "%e2%80%8d",
    "%e2%80%8e",
    "%e2%80%8f",
    "%e2%81%a0",
    "%ef%bb%bf",
    "%2f",
)
_PATH: Final = re.compile(r"/?in/[^/\s]{1,300}/?")
_ID: Final = re.compile(r"(?:ACo|ACw|AEM)AA[A-Za-z0-9_-]{34}(?:,[A-Za-z0-9_,-]{0,60})?")
_FORMULA: Final = re.compile(r"=\s*HYPERLINK\(\s*\"([^\"]{1,2000})\"", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"\[[^\[\]]{0,200}\]\((\S{1,2000})\)")
# A name, then one address, and nothing after it.
_LABELLED: Final = re.compile(
    rf"[^/@]{{1,200}}[\s:(<](https?://{_SITE}\S{{1,2000}})", re.IGNORECASE
)
# Pages that redirect, and the parameter that says where to.
_REDIRECT: Final = re.compile(
    r"https?://(?:[a-z0-9-]{1,40}\.safelinks\.protection\.outlook\.com/"
    r"|www\.google\.[a-z.]{2,6}/url)\?(?:[^#\s]{0,2000}&)?(?:url|q)=([^&#\s]{1,2000})",
    re.IGNORECASE,
)


def read_profile(cell: str) -> Profile:
    """The person a cell names. Raises Refused, with what is wrong with the unrepaired cell."""
    try:
        return parse_profile(cell)
    except Refused as refused:
        return _repair(cell, refused)


def _repair(cell: str, refused: Refused) -> Profile:
    """The person a refused cell names once it is repaired. Raises `refused`."""
    repaired = _repaired(cell.strip()) if len(cell) <= _LONGEST else None
    if repaired is not None:
        try:
            return parse_slug(repaired) if _ID.fullmatch(repaired) else parse_profile(repaired)
        except Refused:
            pass
    raise refused


def _repaired(text: str) -> str | None:
    """The address a cell means, or None if nothing can be repaired."""
    listed = listed_texts(text)
    if listed:
        return listed[0]
    for wrapped in (_FORMULA.match(text), _MARKDOWN.fullmatch(text), _LABELLED.fullmatch(text)):
        if wrapped:
            return wrapped[1]
    if led := _REDIRECT.match(text):
        return unquote(led[1], errors="replace")
    if _ID.fullmatch(text):
        return text
    if _PATH.fullmatch(text):
        return f"https://www.linkedin.com/{text.removeprefix('/')}"
    repaired = _without_encoded_end(_SCHEME.sub("https://", text, count=1))
    return repaired if repaired != text else None


def _without_encoded_end(text: str) -> str:
    lower = text.removesuffix("/").lower()
    end = len(lower)
    while found := next((each for each in _ENCODED_ENDS if lower.endswith(each, 0, end)), None):
        end -= len(found)
    return text if end == len(lower) else text[:end]
