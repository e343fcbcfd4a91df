"""What holds for any text whatever: only refusals, one spelling, and a fast path that agrees."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from houselist.linkedin import (
    REASONS,
    Post,
    Profile,
    Refused,
    Search,
    parse_post,
    parse_profile,
    parse_search,
    parse_slug,
)
from houselist.linkedin.profile import _PLAIN, _parse_thoroughly

TOKEN = "ACoAAO5rKAEB91KFacTQhVJB1mvymKHhqh_MMoE"
PIECES = [
    "https://",
    "http://",
    "//",
    "www.",
    "m.",
    "de.",
    "linkedin.com",
    "lnkd.in",
    "evil.test",
    ":443",
    "@",
    "/",
    "/in/",
    "/pub/",
    "/sales/lead/",
    "/talent/profile/",
    "/mwlite",
    "/comm",
    "/posts/",
    "/feed/update/",
    "/search/results/people/",
    "/sales/search/people",
    "/sales/lists/people/",
    "/authwall?sessionRedirect=",
    "?savedSearchId=",
    "?keywords=",
    "urn:li:",
    "activity:",
    "comment:(",
    "-activity-",
    "7330000000000000001",
    "fsd_profile:",
    "fs_salesProfile:(",
    "member:",
    TOKEN,
    TOKEN.lower(),
    "AEM",
    "acwa",
    "me",
    "null",
    "a7/576/b50",
    "jane-doe",
    "josé",
    "é",
    "İ",
    "%",
    "%2e",
    "%C3%A9",
    "%25",
    "%ZZ",
    "..",
    ".",
    "…",
    ",",
    ";",
    ")",
    '"',
    "<",
    "?",
    "#",
    "&",
    "=",
    "\\",
    "\n",
    " ",
    "\u200b",
    "\ufeff",
    "\u202e",
    "\ud800",
    "\x00",
    "\u0301",
    "\u212a",
]
ANY = st.text(st.characters(codec=None), max_size=60)
ADDRESSES = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=9).map("".join)
SLUGS = st.text(st.characters(categories=["L", "M", "Nd"], include_characters="-_"), min_size=1)
ASCII_SLUGS = st.text("aAcCoOwWeEmMx09-_", min_size=1, max_size=104) | st.sampled_from(
    ["me", "ME", "null", "unavailable", TOKEN, TOKEN.lower(), TOKEN.upper(), TOKEN[:30]]
)


def result(parse, text: str) -> Profile | Search | Post | str:
    """What came out, refusals as their reason; anything else that is raised fails the test."""
    try:
        return parse(text)
    except Refused as refusal:
        return refusal.reason


@given(ANY | ADDRESSES | ADDRESSES.map(lambda rest: f"https://www.linkedin.com/{rest}"))
@pytest.mark.parametrize("parse", [parse_profile, parse_slug, parse_search, parse_post])
def test_nothing_but_refusals_is_raised(parse, text: str) -> None:
    found = result(parse, text)
    if isinstance(found, str):
        assert found.partition(":")[0] in REASONS
        assert str(Refused(found)).endswith(".")
    if isinstance(found, Search):
        assert found.fingerprint()


@given(ADDRESSES | SLUGS.map(lambda slug: f"https://www.linkedin.com/in/{slug}"))
@example("https://www.linkedin.com/in/İ")
@example("https://www.linkedin.com/in/ΟΔΟΣ-Σ")
def test_canonical_address_is_its_own(text: str) -> None:
    found = result(parse_profile, text)
    if isinstance(found, Profile) and found.url:
        assert parse_profile(found.url) == found
        assert found.url.isascii()


@given(SLUGS)
def test_slug_cell_and_address_agree(slug: str) -> None:
    cell = result(parse_slug, slug)
    assert cell == result(parse_profile, f"https://www.linkedin.com/in/{slug}")
    if isinstance(cell, Profile):
        assert parse_slug(cell.value) == cell


@given(
    st.sampled_from(["http://", "https://", "HTTPS://", ""]),
    st.sampled_from(["", "www.", "m.", "touch.", "de.", "www.de.", "abc."]),
    ASCII_SLUGS,
    st.sampled_from(["", "/", "//", "?", "?trk=x%ZZ", "/?a=b&c=d", "#x", ".", "/en"]),
)
def test_fast_path_gives_what_the_slow_one_gives(scheme, label, slug, tail) -> None:
    text = f"{scheme}{label}linkedin.com/in/{slug}{tail}"
    assert result(parse_profile, text) == result(_parse_thoroughly, text)


def test_fast_path_is_taken() -> None:
    assert _PLAIN.fullmatch("https://www.linkedin.com/in/jane-doe-fx1")
    assert _PLAIN.fullmatch("http://de.linkedin.com/in/Jane-Doe-FX1/?originalSubdomain=de")


HUGE = 10_000_000


@pytest.mark.parametrize("parse", [parse_profile, parse_slug, parse_search, parse_post])
@pytest.mark.parametrize(
    "text",
    [
        "a" * HUGE,
        " " * HUGE,
        "\u200b" * HUGE,
        "https://www.linkedin.com/in/" + "a" * HUGE,
        *(
            prefix + filler * (4090 // len(filler))
            for prefix in ("", "https://www.linkedin.com/in/x?k=")
            for filler in ('"', "”", ")", "(", ".", "'\"", "%41", "a.1", " a", "-share-1", "&", "/")
        ),
    ],
    ids=range(28),
)
def test_hostile_sizes_are_answered_at_once(parse, text: str) -> None:
    start = time.thread_time()
    result(parse, text)
    assert time.thread_time() - start < 0.5
