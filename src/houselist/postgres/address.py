"""The address of a PostgreSQL server: whether it is unambiguous, and how to print it safely.

Pure. An unescaped character in a password changes what the rest of the address means (`#` ends it,
`/` begins the database's name), so part of the password could end up in a message.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

FORM = (
    "write it as postgresql://user:password@host:5432/database, with %XX for what is not a letter"
    " or digit in user and password: %23 for #, %2F for /, %3F for ?, %40 for @"
)
_MAX_LENGTH = 4_096
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%\w]+\]|[^\s:\[\]@/?#]*)(:(?P<port>[0-9]{1,5}))?")
_MAX_PORT = 65_535


def is_address(url: str) -> bool:
    """Whether there is only one way to read the address."""
    if len(url) > _MAX_LENGTH or re.search(r"[\x00-\x20\x7f#\\]", url):
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
    return found is not None and int(found["port"] or 1) in range(1, _MAX_PORT + 1)


def describe(url: str) -> str:
    """The database in words that can be shown: its name and host, never its password."""
    if not is_address(url):
        return "The database"
    parts = urlsplit(url)
    at, name = parts.netloc.rpartition("@")[2], unquote(parts.path.lstrip("/"))
    return f"The database {name} at {at}" if at else "The database"


def without_password(text: str, url: str) -> str:
    """`text` from elsewhere about the address, or "" if any password in it would show."""
    parts = urlsplit(url) if is_address(url) else None
    if parts is None:
        return ""
    passwords = [parts.password or "", *(v for name, v in parse_qsl(parts.query) if "pass" in name)]
    return (
        ""
        if any(word and word in text for each in passwords for word in (each, unquote(each)))
        else text
    )
