"""Which person an address, URN or public identifier refers to, and that person's canonical address.

Slugs are lower-cased because LinkedIn ignores their case; internal ids are case-sensitive and stay
as they are. Whether the person exists is not known here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import quote

from houselist.linkedin.address import LinkedInPage, Urn, page_kind, read
from houselist.linkedin.reasons import Refused
from houselist.linkedin.slug import RESERVED, normalise_slug
from houselist.linkedin.text import clean, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["in", "id", "sales", "rec", "num"]

# Undocumented. 39 base64url characters in every known sample; the prefix tells the product.
_TOKEN: Final = re.compile(r"(ACo|ACw|AEM)AA[A-Za-z0-9_-]{34}")
_TOKEN_KINDS: Final[dict[str, Kind]] = {"ACo": "id", "ACw": "sales", "AEM": "rec"}
_MEMBER_NUMBER: Final = re.compile(r"[1-9][0-9]{0,18}")
_HEX: Final = re.compile(r"[0-9a-f]{1,3}")
_LONG_HEX: Final = re.compile(r"[0-9a-f]{3}")
_TOKEN_URNS: Final = frozenset(
    {
        "fsd_profile",
        "fs_profile",
        "fs_miniprofile",
        "fs_normalized_profile",
        "fs_salesprofile",
        "ts_profile",
    }
)

# The usual row of an import, in one match. All else is parsed thoroughly; what matches here must
# give the same result there, which a test checks.
_USUAL: Final = (
    r"(?:https?://)?(?:(?:www|m|touch|mobile|[a-z]{2})\.)?linkedin\.com/in/"
    r"(?![Aa](?:[Cc][OoWw]|[Ee][Mm])[Aa]{2})([A-Za-z0-9][A-Za-z0-9_-]{0,99})/?"
    r"(?:\?[A-Za-z0-9_=&%-]{0,1000})?"
)
_PLAIN: Final = re.compile(_USUAL)
# The same for lines of text: an empty slug for every other line.
_PLAIN_LINES: Final = re.compile(rf"^(?:{_USUAL}|.*)$", re.MULTILINE)
_LONGEST_LINE: Final = 300


class Profile(NamedTuple):
    """One person as LinkedIn identifies them: slug, internal id of a product, or member number."""

    kind: Kind
    value: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.value}"

    @property
    def url(self) -> str | None:
        return profile_url(self.kind, self.value)


def profile_url(kind: Kind, value: str) -> str | None:
    """The canonical address; None for a member number, which has none."""
    if kind in {"in", "id"}:
        # Nearly all slugs and ids are ASCII, and then there is nothing to encode.
        plain = value if value.isascii() else quote(value, safe="")
        return f"https://www.linkedin.com/in/{plain}"
    if kind == "sales":
        return f"https://www.linkedin.com/sales/lead/{value}"
    if kind == "rec":
        return f"https://www.linkedin.com/talent/profile/{value}"
    return None


def parse_profile(text: str) -> Profile:
    """The person that an address or URN refers to. Raises Refused, and nothing else."""
    match = _PLAIN.fullmatch(text)
    if match:
        slug = match[1].lower()
        if slug not in RESERVED:
            return Profile("in", slug)
    return _parse_thoroughly(text)


def plain_slugs(texts: Sequence[str | None]) -> Sequence[str | None]:
    """The slugs of plain addresses; an empty text for each that has to be parsed thoroughly."""
    if texts.count(None) == len(texts):
        return texts
    lines = "\n".join(
        text if text is not None and len(text) <= _LONGEST_LINE else "" for text in texts
    )
    if lines.count("\n") >= len(texts):
        return [text and "" for text in texts]
    slugs = "\n".join(_PLAIN_LINES.findall(lines)).lower().split("\n")
    if not RESERVED.keys().isdisjoint(slugs):
        slugs = ["" if slug in RESERVED else slug for slug in slugs]
    return (
        [None if text is None else slug for text, slug in zip(texts, slugs, strict=True)]
        if None in texts
        else slugs
    )


def parse_slug(text: str) -> Profile:
    """The person with a bare public identifier (`jane-doe-fx1`, no address). Raises Refused."""
    return _named(decode(clean(text)))


def _parse_thoroughly(text: str) -> Profile:
    target = read(text)
    return _from_urn(target) if isinstance(target, Urn) else _from_page(target)


def _from_urn(urn: Urn) -> Profile:
    if urn.type == "person":
        raise Refused("opaque_urn")
    if urn.type == "member":
        if not _MEMBER_NUMBER.fullmatch(urn.body):
            raise Refused("bad_id")
        return Profile("num", urn.body)
    if urn.type in _TOKEN_URNS:
        return _token_in(urn.body.removeprefix("(").removesuffix(")"))
    raise Refused("unsupported_urn")


def _from_page(page: LinkedInPage) -> Profile:
    match page.names:
        case ("in",):
            raise Refused("missing_slug")
        case ("in", *_):
            return _named(decode(page.segments[1]))
        case ("sales", "lead" | "people", *_):
            return _token_in(decode("".join(page.segments[2:3])))
        case ("talent", *rest) if "profile" in rest:
            at = page.names.index("profile", 1) + 1
            return _token_in(decode("".join(page.segments[at : at + 1])))
        case ("pub", "dir", *_):
            raise Refused("not_person:directory")
        case ("pub", _, *numbers):
            return _from_pub(decode(page.segments[1]), numbers[:3])
        case ("pub",):
            raise Refused("missing_slug")
        case ("profile", *_) | ("sales" | "recruiter", "profile", *_):
            raise Refused("legacy_view")
        case ("me", *_):
            raise Refused("self_alias")
        case _:
            raise Refused(f"not_person:{page_kind(page)}")


def _from_pub(name: str, numbers: list[str]) -> Profile:
    """`/pub/name/a7/576/b50` is `/in/name-b50576a7` today.

    How LinkedIn padded shorter last parts is not known, so those are refused.
    """
    match numbers:
        case [first, second, third] if (
            _HEX.fullmatch(first) and _LONG_HEX.fullmatch(second) and _LONG_HEX.fullmatch(third)
        ):
            return Profile("in", normalise_slug(f"{name}-{third}{second}{first}"))
        case _:
            raise Refused("legacy_pub")


def _token_in(text: str) -> Profile:
    """`TOKEN` or `TOKEN,NAME_SEARCH,xxxx`; what follows the comma varies by search."""
    if not text:
        raise Refused("missing_id")
    profile = _token(text)
    if profile is None:
        raise Refused("bad_id")
    return profile


def _token(text: str) -> Profile | None:
    head = text.partition(",")[0]
    match = _TOKEN.fullmatch(head)
    return Profile(_TOKEN_KINDS[match[1]], head) if match else None


def _named(text: str) -> Profile:
    """Takes what follows /in/, decoded."""
    return _token(text) or Profile("in", normalise_slug(text))
