"""Post addresses beyond the corpus: old forms, comments and near misses."""

from __future__ import annotations

import pytest

from houselist.linkedin import Refused, parse_post

ROOT = "https://www.linkedin.com"
ID = "7330000000000000001"
OTHER = "7330000000000000009"


def answer(text: str) -> str:
    try:
        return parse_post(text).key
    except Refused as refusal:
        return f"x:{refusal.reason}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ROOT}/posts/jane-doe_some-words-activity-{ID}-AbCd?utm_source=share", f"activity:{ID}"),
        (f"{ROOT}/posts/jane-doe_market-share-2024-results-activity-{ID}-x_-1", f"activity:{ID}"),
        (f"{ROOT}/posts/jane_share-{OTHER}-activity-{ID}-abcd", f"activity:{ID}"),
        (f"{ROOT}/posts/jane_%E6%9D%8E-ugcPost-{ID}-abcd/", f"ugcPost:{ID}"),
        (f"{ROOT}/posts/activity-{ID}", f"activity:{ID}"),
        (f"{ROOT}/posts/jane_x-share-733000000000001-abcd", "share:733000000000001"),
        (f"HTTPS://WWW.LINKEDIN.COM/POSTS/JANE_X-UGCPOST-{ID}-ABCD", f"ugcPost:{ID}"),
        (f"{ROOT}/feed/update/activity:{ID}", f"activity:{ID}"),
        (f"{ROOT}/feed/update/urn%3ali%3ashare%3a{ID}/?x=1", f"share:{ID}"),
        (f"{ROOT}/mwlite/feed/update/urn:li:share:{ID}", f"share:{ID}"),
        (f"{ROOT}/video/live/urn:li:ugcPost:{ID}/", f"ugcPost:{ID}"),
        (
            f"{ROOT}/feed/update/urn:li:activity:{ID}?commentUrn=urn:li:comment:(ugcPost:{OTHER},1)",
            f"activity:{ID}",
        ),
        ("urn:li:share:12345", "share:12345"),
        (f"urn%3Ali%3Aactivity%3A{ID}", f"activity:{ID}"),
        (f"urn:li:comment:(urn:li:ugcPost:{ID},{OTHER})", f"ugcPost:{ID}"),
        (f"urn:li:fsd_comment:({OTHER},urn:li:activity:{ID})", f"activity:{ID}"),
        (
            f"{ROOT}/authwall?sessionRedirect=%2Ffeed%2Fupdate%2Furn%3Ali%3Ashare%3A{ID}",
            f"share:{ID}",
        ),
    ],
)
def test_post(text: str, expected: str) -> None:
    assert answer(text) == f"post:{expected}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (ID, "not_a_url"),
        (f"{ROOT}/posts/", "missing_id"),
        (f"{ROOT}/posts/jane_market-share-2024-results", "missing_id"),
        (f"{ROOT}/posts/jane_x-poll-{ID}-abcd", "missing_id"),
        (f"{ROOT}/posts/jane_reactivity-{ID}-abcd", "missing_id"),
        (f"{ROOT}/feed/", "missing_id"),
        (f"{ROOT}/feed/update/", "missing_id"),
        ("urn:li:activity:", "missing_id"),
        ("urn:li:activity:12a", "bad_id"),
        (f"urn:li:activity:{ID}00", "bad_id"),
        (f"urn:li:comment:(activity:{ID}", "bad_id"),
        (f"urn:li:comment:(article:{ID},1)", "unsupported_urn"),
        (f"urn:li:groupPost:1-{ID}", "group_post"),
        (f"{ROOT}/feed/update/urn:li:groupPost:1976445-{ID}/?origin=SOCIAL_SHARE", "group_post"),
        (f"{ROOT}/feed/update/urn%3Ali%3AgroupPost%3A1-{ID}", "group_post"),
        (f"{ROOT}/groups/1976445/posts/{ID}", "group_post"),
        (f"{ROOT}/posts/acme_some-words-groupPost-1-{ID}-abcd", "group_post"),
        (f"{ROOT}/feed/?highlightedUpdateUrn=urn:li:groupPost:1-{ID}", "group_post"),
        (f"urn:li:comment:(groupPost:1-{ID},{OTHER})", "group_post"),
        (f"{ROOT}/groups/1976445/", "not_post:groups"),
        ("urn:li:member:1", "unsupported_urn"),
        (f"{ROOT}/feed/update/{ID}", "unsupported_urn"),
        (f"{ROOT}/feed/update/urn%253Ali%253Ashare%253A{ID}", "double_encoded"),
        (f"{ROOT}/feed/update/urn:li:share:%FF", "bad_escape"),
        (f"{ROOT}/in/jane-doe-fx1/recent-activity/", "not_post:profile"),
        (f"{ROOT}/search/results/content/?keywords=x", "not_post:search"),
        (f"{ROOT}/company/acme/posts/", "not_post:company"),
        (f"https://evil.test/feed/update/urn:li:activity:{ID}", "not_linkedin"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert answer(text) == f"x:{reason}"
