"""The trace id of a request: taken from a valid W3C `traceparent`, else generated."""

from __future__ import annotations

import random
import re

# https://www.w3.org/TR/trace-context/#traceparent-header-field-values: version ff and ids of
# zeros only are invalid; a version above 00 may carry more after the flags.
_TRACEPARENT = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?\Z"
)


def new_trace_id() -> str:
    # It is no secret, it only has to be unique: the operating system's randomness took as long as
    # the whole look-up of a key.
    return f"{random.getrandbits(128):032x}"


def trace_id_of(headers: list[tuple[bytes, bytes]]) -> str:
    """32 hex digits for a request with these headers (names in lower case)."""
    for name, value in headers:
        if name == b"traceparent":
            match = _TRACEPARENT.match(value.strip())
            if match and (match[1] != b"00" or match[3] is None):
                return match[2].decode()
            break
    return new_trace_id()
