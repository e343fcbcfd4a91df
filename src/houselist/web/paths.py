"""The one spelling of a path: every other one is a 404, whatever it would decode to.

A proxy in front may decide by the path as well; a second spelling would get around it.
"""

from __future__ import annotations

import re

# A doubled slash, one at the end, `.` and `..` as segments, a broken escape, and escapes of what
# needs none: letters, digits, `-`, `.`, `_`, `~` (RFC 3986, 2.3), and of the slash.
_OTHERWISE = re.compile(
    rb"//|(?!\A)/\Z|/\.\.?(?:/|\Z)|%(?![0-9A-Fa-f]{2})"
    rb"|%(?:2[DEF]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])",
    re.IGNORECASE,
)


def is_canonical(raw: bytes) -> bool:
    """Whether a path, as sent and without its query, has the one spelling."""
    return _OTHERWISE.search(raw) is None
