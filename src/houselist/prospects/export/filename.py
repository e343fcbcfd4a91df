"""The name of an export's file, and the header that carries it. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

# What no file's name may hold on one of the systems that people have.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_MAX_LENGTH = 100
# Letters, digits and what RFC 8187 lets stand as it is.
_AS_IT_IS = "!#$&+-.^_`|~"


def content_disposition(audience: str, ending: str) -> str:
    """For a file named like the audience: for old programs in ASCII, for others in full."""
    stem = _FORBIDDEN.sub("-", audience)[:_MAX_LENGTH].strip(" .") or "audience"
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = plain.replace("%", "-").strip(" .") or "audience"
    full = quote(f"{stem}.{ending}", safe=_AS_IT_IS)
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{full}"
