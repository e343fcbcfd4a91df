"""Text that people type: names, descriptions and search keys, checked as they are read. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Self

NAME_LENGTH = 200
DESCRIPTION_LENGTH = 2_000
_LINE_BREAKS = "\n\r\t"


class Name(str):
    """1 to 200 characters after trimming, none of them control or invisible. Raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        trimmed = text.strip()
        if not 1 <= len(trimmed) <= NAME_LENGTH:
            raise ValueError(
                f"must have 1 to {NAME_LENGTH} characters, not counting spaces at either end"
            )
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in trimmed):
            raise ValueError("must not contain control characters")
        if odd := invisible(trimmed):
            raise ValueError(
                "must not contain invisible characters, or ones that change the direction of text;"
                f" this one has {_code(odd)}: type the name again by hand"
            )
        return super().__new__(cls, trimmed)

    @property
    def key(self) -> str:
        """The same for two names that differ only in case or Unicode composition."""
        return name_key(self)


class Description(str):
    """Up to 2,000 characters, with no control characters but line breaks and tabs."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if len(text) > DESCRIPTION_LENGTH:
            raise ValueError(f"must have at most {DESCRIPTION_LENGTH} characters")
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in _LINE_BREAKS for c in text):
            raise ValueError("must not contain control characters other than line breaks and tabs")
        if odd := direction_change(text):
            raise ValueError(
                "must not contain characters that change the direction of text, or invisible tags;"
                f" this one has {_code(odd)}: type it again by hand"
            )
        return super().__new__(cls, text)


def _code(letter: str) -> str:
    return f"U+{ord(letter):04X}"


def name_key(text: str) -> str:
    """A name in the form in which names are compared: composed and case-folded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


# Characters that are invisible, or that change the direction of text. Some languages and emoji need
# them in certain positions. Anywhere else, two names that look alike could differ. Sources:
# Unicode 15 (Default_Ignorable_Code_Point, Bidi_Control), UTS 51 for emoji, RFC 5892 A.1 and A.2
# for joiners.

# Arabic to Thaana and N'Ko, the scripts of India and its neighbours, Khmer, Mongolian, and similar
# scripts in higher planes: those in which a joiner, or its absence, is visible.
_JOINING = (
    "\u0620-\u06d5\u06ee-\u08c7\u0900-\u0dff\u0f00-\u0fff\u1000-\u109f\u1780-\u17b3\u17b6-\u18aa"
    "\u1a20-\u1aad\u1b00-\u1c4f\ua8e0-\ua8ff\ua980-\ua9df\uaa60-\uaa7f\uabc0-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What emoji consist of; `\ufe0f` selects the coloured form.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)

# Where they are needed: a joiner inside a word of such a script, or between two emoji; a selector
# after the character whose form it selects; the three flags that are written with tags.
_NEEDED = re.compile(
    f"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    "|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    f"|(?<=[{_HAN}])[\ufe00-\ufe02\U000e0100-\U000e01ef]"
    "|(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]"
    "|(?<=[\u1820-\u18aa])\u180e(?=[\u1820-\u18aa])"
    "|(?<=\U0001f3f4)\U000e0067\U000e0062"
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)"
    "\U000e007f"
)
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What reverses or hides part of a longer text.
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def invisible(text: str) -> str | None:
    """The first invisible character that its position does not need, or None."""
    if text.isascii():
        return None
    found = _INVISIBLE.search(_NEEDED.sub("", text))
    return found and found[0]


def direction_change(text: str) -> str | None:
    """The first character that changes the direction of text or is a tag, or None."""
    found = None if text.isascii() else _DIRECTION.search(_NEEDED.sub("", text))
    return found and found[0]
