"""The one spelling of a path: every other one is at no place, whatever it would decode to.

A proxy in front decides by the path as well; two spellings of one path would get around that.
"""

from __future__ import annotations

import re

# A doubled slash, one at the end, `.` and `..` as segments, a broken escape, and escapes of what
# needs none: letters, digits, `-`, `.`, `_`, `~` (RFC 3986, 2.3), and of the slash.
_OTHERWISE = re.compile(
    rb"//|/\Z|/\.\.?(?:/|\Z)|%(?![0-9A-Fa-f]{2})"
    rb"|%(?:2[DEF]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])",
    re.IGNORECASE,
)


def is_canonical(raw: bytes) -> bool:
    """Whether a path, as it was sent and without its query, is spelled as paths are here."""
    return _OTHERWISE.search(raw) is None
