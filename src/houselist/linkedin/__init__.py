"""LinkedIn addresses as people paste them, and what each one refers to.

Only pure rules: nothing here looks anything up, follows a link or touches a database.
"""

from __future__ import annotations

from houselist.linkedin.post import Post, parse_post
from houselist.linkedin.profile import (
    Profile,
    parse_profile,
    parse_slug,
    plain_slugs,
    profile_url,
)
from houselist.linkedin.reasons import REASONS, Refused
from houselist.linkedin.search import Search, parse_search

__all__ = [
    "REASONS",
    "Post",
    "Profile",
    "Refused",
    "Search",
    "parse_post",
    "parse_profile",
    "parse_search",
    "parse_slug",
    "plain_slugs",
    "profile_url",
]
