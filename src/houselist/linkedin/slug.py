"""The name after /in/: which texts are one, and the single spelling each is known by.

Internal ids, which may stand in the same place, are told apart in profile.py; here they are only
refused where they are damaged.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from houselist.linkedin.reasons import Refused

# LinkedIn's help: custom addresses have 3 to 100 characters. Shorter ones are let through, since
# a few very old ones exist and refusing one would lose a person.
_MAX_LENGTH: Final = 100
# A letter and its accents may be several characters before they are composed.
_LONGEST_RAW: Final = 400

RESERVED: Final = {
    "me": "self_alias",
    "unavailable": "placeholder",
    # What templates leave when the name was missing: all such rows would become one person.
    "undefined": "placeholder",
    "null": "placeholder",
}
"""Slugs in lower case that name nobody, with the reason each is refused for."""

# An internal id cut short, or with its capitals lost: as a slug it would stand for nobody.
_CUT_TOKEN: Final = re.compile(r"(?:ACo|ACw|AEM)AA(?=.*[a-z])(?=.*[A-Z0-9])[A-Za-z0-9_-]{15,}")
_FLAT_TOKEN: Final = re.compile(r"(?:aco|acw|aem)aa[a-z0-9_-]{34}")


def normalise_slug(text: str) -> str:
    """The slug in NFC and lower case. Takes decoded text; raises Refused."""
    if len(text) > _LONGEST_RAW:
        # Normalising takes the square of the length where every letter is a combining mark.
        raise Refused("bad_slug" if all(map(_belongs, text)) else "bad_char")
    slug = unicodedata.normalize("NFC", text)
    if not all(_belongs(char) for char in slug):
        raise Refused("bad_char")
    slug = unicodedata.normalize("NFC", slug.lower())
    if slug in RESERVED:
        raise Refused(RESERVED[slug])
    if _CUT_TOKEN.fullmatch(text) or _FLAT_TOKEN.fullmatch(slug):
        raise Refused("bad_id")
    if len(slug) > _MAX_LENGTH or not any(char.isalnum() for char in slug):
        raise Refused("bad_slug")
    return slug


def _belongs(char: str) -> bool:
    return char in "-_" or unicodedata.category(char)[0] in "LM" or char.isdecimal()
