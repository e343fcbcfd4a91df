"""The parameters of a search's address, whatever was done to it on the way here. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote, unquote_plus

from houselist.linkedin.decoration import DECORATION
from houselist.linkedin.reasons import Refused

if TYPE_CHECKING:
    from houselist.linkedin.address import LinkedInPage

# Sales Navigator puts every filter into the address, so these are far longer than others.
MAX_LENGTH: Final = 16_384

_AMPERSAND: Final = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+", re.IGNORECASE)
_QUOTE: Final = re.compile(r"&(?:quot|#0*34|#x0*22);", re.IGNORECASE)
_APOSTROPHE: Final = re.compile(r"&(?:apos|#0*39|#x0*27);", re.IGNORECASE)
_NEXT_PARAMETER: Final = re.compile(r"&[\w.%-]{1,100}=")
_SECOND_ADDRESS: Final = re.compile(r"https?://|linkedin\.com/", re.IGNORECASE)


# How programs end an address that they shortened to show it.
_SHORTENED: Final = ("\u2026", "...")


class Parameter(NamedTuple):
    """`name` is decoded, `value` is not. `bare`: there is no `=` between them."""

    name: str
    value: str
    bare: bool = False

    @property
    def plain(self) -> str:
        """The name as the tables of names have it."""
        return self.name.lower()

    @property
    def text(self) -> str:
        """The value, decoded leniently; a plus is a space."""
        return without_html(unquote_plus(self.value, errors="replace")).strip()


def without_html(text: str) -> str:
    """The text without `&amp;`, `&quot;` and `&#39;`, which come from the source of a web page."""
    if "&" not in text:
        return text
    text = _AMPERSAND.sub("&", text)
    return _APOSTROPHE.sub("'", _QUOTE.sub('"', text))


def search_parameters(page: LinkedInPage) -> list[Parameter]:
    """In the order of the address. Sales Navigator has them behind `?`, behind `#`, or both."""
    pieces = [*page.query.split("&"), *behind_hash(page).split("&")]
    pairs = (piece.partition("=") for piece in pieces if piece)
    return [Parameter(unquote(name), value, not sign) for name, sign, value in pairs]


def behind_hash(page: LinkedInPage) -> str:
    """The parameters behind `#`; empty where a fragment is only a place on the page."""
    # `#:~:text=…` is a browser's link to a text on the page.
    fragment = page.fragment.partition(":~:")[0].removeprefix("?")
    return fragment if page.names[:1] == ("sales",) and "=" in fragment else ""


def check_alone(page: LinkedInPage) -> None:
    """Raises Refused if other text seems to follow the address, as when it is cut out of a page.

    A browser escapes spaces. People who type them do so in quotes or parentheses, or in front of
    another parameter; anywhere else it can't be known where the address ends.
    """
    tail = page.url.partition("?")[2] or page.fragment
    asked = (each for each in search_parameters(page) if each.plain not in DECORATION)
    if "<" in tail or ">" in tail or any(_SECOND_ADDRESS.search(each.value) for each in asked):
        raise Refused("text_behind")
    if tail.endswith(_SHORTENED):
        raise Refused("bad_char")
    if any(map(str.isspace, tail)):
        last = max((match.end() for match in _NEXT_PARAMETER.finditer(tail)), default=0)
        _check_spaces(tail[last:])


def _check_spaces(value: str) -> None:
    """Raises Refused for white space outside of quotes and parentheses in the last value."""
    depth, quoted, inside = 0, False, False
    for letter in value:
        if letter in '"\u201c\u201d':
            quoted = not quoted
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter.isspace():
            if not quoted and depth <= 0:
                raise Refused("text_behind")
            inside = True
    if inside and (quoted or depth > 0):
        raise Refused("text_behind")
