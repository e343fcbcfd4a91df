"""Which post an address or URN refers to.

A post has one of three types, and the same number with another type is another post, so the type is
kept as found and never converted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote

from houselist.linkedin.address import LinkedInPage, Urn, page_kind, parameters, parse_urn, read
from houselist.linkedin.reasons import Refused
from houselist.linkedin.text import decode

Type = Literal["activity", "ugcPost", "share"]

_TYPES: Final[dict[str, Type]] = {"activity": "activity", "ugcpost": "ugcPost", "share": "share"}
_ID: Final = re.compile(r"[1-9][0-9]{0,19}")
# The last type with a long number counts. Titles may contain "share-2024", so at least ten digits.
_IN_TITLE: Final = re.compile(
    r"(?:.*[_-])?(activity|ugcPost|share)-([1-9][0-9]{9,19})(?:-[A-Za-z0-9_-]{0,12})?",
    re.IGNORECASE | re.DOTALL,
)
# "(activity:1,2)", "(urn:li:activity:1,2)" and, in the newer order, "(2,urn:li:activity:1)".
_IN_COMMENT: Final = re.compile(
    r"\((?:[0-9]+,)?(?:urn:li:)?([a-z]+):([0-9]+(?:-[0-9]+)?)(?:,[0-9]+)?\)", re.IGNORECASE
)
_SHORT_URN: Final = re.compile(r"(?:activity|ugcPost|share|groupPost):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Post:
    """One post, by LinkedIn's own type and number."""

    type: Type
    id: str

    @property
    def key(self) -> str:
        return f"post:{self.type}:{self.id}"


def parse_post(text: str) -> Post:
    """The post that an address or URN refers to. Raises Refused, and nothing else, for any text."""
    target = read(text)
    return _from_urn(target) if isinstance(target, Urn) else _from_page(target)


def _from_page(page: LinkedInPage) -> Post:
    match page.names:
        case ("posts", *_):
            return _from_title(page)
        case ("feed", "update", *_) | ("video", "live" | "event", *_):
            return _from_segment(page, 2)
        case ("analytics", "post-summary", *_):
            return _from_segment(page, 2)
        case ("embed", "feed", "update", *_):
            return _from_segment(page, 3)
        case ("feed",):
            return _from_highlight(page)
        case ("groups", _, "posts" | "post" | "permalink", *_) | ("groups", _, "comments", *_):
            raise Refused("group_post")
        case _:
            raise Refused(f"not_post:{page_kind(page)}")


def _from_title(page: LinkedInPage) -> Post:
    """`/posts/author_title-TYPE-ID-xxxx`. Decodes leniently: the title may be in any script."""
    title = unquote("".join(page.segments[1:2]))
    match = _IN_TITLE.fullmatch(title)
    if match is None and "-grouppost-" in title.lower():
        raise Refused("group_post")
    if match is None:
        raise Refused("missing_id")
    return Post(_TYPES[match[1].lower()], match[2])


def _from_segment(page: LinkedInPage, position: int) -> Post:
    if len(page.segments) <= position:
        raise Refused("missing_id")
    return _from_text(page.segments[position])


def _from_highlight(page: LinkedInPage) -> Post:
    for name, value in parameters(page.query):
        if name == "highlightedupdateurn" and value:
            return _from_text(value)
    raise Refused("missing_id")


def _from_text(text: str) -> Post:
    """Takes an undecoded URN, or the short form (`activity:1`) that old addresses have."""
    urn = decode(text)
    return _from_urn(parse_urn(f"urn:li:{urn}" if _SHORT_URN.match(urn) else urn))


def _from_urn(urn: Urn) -> Post:
    if urn.type in {"comment", "fsd_comment"}:
        match = _IN_COMMENT.fullmatch(urn.body)
        if match is None:
            raise Refused("bad_id")
        return _post(match[1].lower(), match[2])
    return _post(urn.type, urn.body)


def _post(name: str, post_id: str) -> Post:
    if name == "grouppost":
        raise Refused("group_post")
    if name not in _TYPES:
        raise Refused("unsupported_urn")
    if not _ID.fullmatch(post_id):
        raise Refused("bad_id")
    return Post(_TYPES[name], post_id)
