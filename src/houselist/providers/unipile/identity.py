"""Who somebody in Unipile's answers is: its own id, the slug and an address. Pure."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.linkedin import Refused, parse_profile, parse_slug
from houselist.providers.fields import first_text, text
from houselist.providers.unipile.unconfirmed import MEMBER_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from houselist.linkedin import Profile

_MAX_ID: Final = 255
_TOKENS: Final = ("id", "sales", "rec")


class Identity(NamedTuple):
    """As `Person` keeps it; all three None when nothing tells who it is."""

    provider_id: str | None
    slug: str | None
    url: str | None


def identity(ids: Sequence[object], public_identifier: object, urls: Sequence[object]) -> Identity:
    """From the ids (bare or URNs), the public identifier and the addresses of an item."""
    own_id = first_text(ids)
    token = token_of(own_id) if own_id else None
    slug = _only(("in",), _parsed(parse_slug, public_identifier))
    if token is None or slug is None:
        pages = [_parsed(parse_profile, url) for url in urls]
        token = token or _only(_TOKENS, *pages)
        slug = slug or _only(("in",), *pages)
    main = token or slug
    return Identity(_bare(own_id, token), slug and slug.value, main and main.url)


def token_of(value: str) -> Profile | None:
    """The internal id in a text: bare, or inside a URN."""
    return _only(_TOKENS, _parsed(parse_profile if value.startswith("urn:") else parse_slug, value))


def member_number(token: str) -> int:
    """The member's number inside a token, the same for all of LinkedIn's products.

    Undocumented, so it may refuse an identity but never make one.
    """
    raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return int.from_bytes(raw[MEMBER_BYTES.value], "big")


def _bare(own_id: str | None, token: Profile | None) -> str | None:
    """Unipile's id of the person, the same wherever it was met: bare or inside a URN."""
    if own_id is None or own_id.startswith("urn:"):
        bare = token.value if token else (own_id or "").rpartition(":")[2]
    else:
        bare = own_id
    return bare if bare and len(bare) <= _MAX_ID and bare.isprintable() else None


def _only(kinds: Sequence[str], *found: Profile | None) -> Profile | None:
    return next((each for each in found if each and each.kind in kinds), None)


def _parsed(parse: Callable[[str], Profile], value: object) -> Profile | None:
    shown = text(value)
    if shown is None:
        return None
    try:
        return parse(shown)
    except Refused:
        return None
