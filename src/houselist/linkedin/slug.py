"""The slug after /in/: which texts are slugs, and their normal form.

An internal id may take a slug's place; profile.py tells them apart. Here only damaged ids are
refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from houselist.linkedin.reasons import Refused

# LinkedIn's help: custom addresses have 3 to 100 characters. Shorter ones are accepted, because a
# few very old ones exist and refusing one would lose a person.
_MAX_LENGTH: Final = 100
# Before composition, a letter and its accents may be several characters.
_MAX_RAW_LENGTH: Final = 400

RESERVED: Final = {
    "me": "self_alias",
    "unavailable": "placeholder",
    # Templates leave these when a name is missing: all such rows would become one person.
    "undefined": "placeholder",
    "null": "placeholder",
}
"""Slugs in lower case that belong to nobody, and the reason for which each is refused."""

# An internal id that was cut short or lost its capitals: as a slug it would belong to nobody.
_CUT_TOKEN: Final = re.compile(r"(?:ACo|ACw|AEM)AA(?=.*[a-z])(?=.*[A-Z0-9])[A-Za-z0-9_-]{15,}")
_FLAT_TOKEN: Final = re.compile(r"(?:aco|acw|aem)aa[a-z0-9_-]{34}")


def normalise_slug(text: str) -> str:
    """The slug in NFC and lower case. Takes decoded text; raises Refused."""
    if len(text) > _MAX_RAW_LENGTH:
        # Normalising takes time quadratic in the length if all characters are combining marks.
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
