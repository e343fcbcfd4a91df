"""The address of a PostgreSQL: whether it says one thing only, and words without its password.

Pure. An odd character in a password moves what follows it elsewhere in the address (`#` ends it,
`/` begins the database's name), and from there it would be printed.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

FORM = (
    "write it as postgresql://user:password@host:5432/database, with %XX for what is not a letter"
    " or digit in user and password: %23 for #, %2F for /, %3F for ?, %40 for @"
)
_LONGEST = 4_096
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s:\[\]@/?#]*)(:(?P<port>[0-9]{1,5}))?")
_HIGHEST_PORT = 65_535


def is_address(url: str) -> bool:
    """Whether an address can be read in one way only."""
    if len(url) > _LONGEST or re.search(r"[\x00-\x20\x7f#\\]", url):
        return False
    try:
        parts = urlsplit(url)
        parse_qsl(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        return False
    if parts.scheme not in ("postgresql", "postgres") or "@" in parts.path + parts.query:
        return False
    return all(map(_is_host, parts.netloc.rpartition("@")[2].split(",")))


def _is_host(text: str) -> bool:
    found = _HOST.fullmatch(text)
    return found is not None and int(found["port"] or 1) in range(1, _HIGHEST_PORT + 1)


def place(url: str) -> str:
    """The database in words, for people."""
    if not is_address(url):
        return "The database"
    parts = urlsplit(url)
    at, name = parts.netloc.rpartition("@")[2], unquote(parts.path.lstrip("/"))
    return f"The database {name} at {at}" if at else "The database"


def without_password(text: str, url: str) -> str:
    """What somebody else says of the address, or nothing where the password is in it."""
    parts = urlsplit(url) if is_address(url) else None
    if parts is None:
        return ""
    told = [parts.password or "", *(v for name, v in parse_qsl(parts.query) if "pass" in name)]
    return (
        ""
        if any(word and word in text for each in told for word in (each, unquote(each)))
        else text
    )
