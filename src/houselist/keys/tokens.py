"""The text of a key, and of a browser's session: prefix, 32 random bytes, checksum. Pure.

Both are base62: 43 characters of the bytes, and 6 of the checksum.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib

PREFIX = "hl_live_"
# A browser that is signed in, and a link that signs one in once.
SESSION, LINK = "hl_sess_", "hl_once_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BYTES = 32
_SECRET_LENGTH = 43  # the most that 32 bytes need in base62
_CHECK_LENGTH = 6  # CRC-32 in base62, as secret scanners expect it
_SHAPE = re.compile(
    rf"(?:{PREFIX}|{SESSION}|{LINK})[0-9A-Za-z]{{{_SECRET_LENGTH + _CHECK_LENGTH}}}\Z"
)


def new_token(prefix: str = PREFIX) -> str:
    """A new key, or the token of a session. It can't be recovered from what is stored."""
    number = int.from_bytes(secrets.token_bytes(_SECRET_BYTES), "big")
    body = prefix + _base62(number, _SECRET_LENGTH)
    return body + _checksum(body)


def is_well_formed(token: str) -> bool:
    """Whether the text can be a key or a session: detects typing errors without a look-up."""
    if not _SHAPE.match(token):
        return False
    return _checksum(token[:-_CHECK_LENGTH]) == token[-_CHECK_LENGTH:]


def digest(token: str) -> bytes:
    """What is stored of a key. Keys are random, so guessing can't reverse plain SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
