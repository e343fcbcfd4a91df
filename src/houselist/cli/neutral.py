"""Text from elsewhere on its way to a terminal: nothing in it can move, colour, hide or turn.

Files, providers and colleagues give names, cells and reasons; a terminal would obey what is hidden
in them. Pure.
"""

from __future__ import annotations

import re

# Control characters but line breaks and tabs, the C1 ones included; what turns the direction of
# text; separators of lines; invisible tags.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)


def neutral(text: str) -> str:
    """`text` with what a terminal would obey written out, as JSON does it: JSON stays the same."""
    return text if text.isprintable() and text.isascii() else _OBEYED.sub(_written, text)


def neutral_cell(text: str) -> str:
    """The same for what stands in one line among others."""
    return neutral(text).replace("\n", "\\n").replace("\t", "\\t")


def _written(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
