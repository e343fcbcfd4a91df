"""Every row of the corpus of LinkedIn addresses becomes what the row says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from houselist.linkedin import REASONS, Refused, parse_post, parse_profile, parse_search

if TYPE_CHECKING:
    from collections.abc import Callable

    from houselist.linkedin import Post, Profile, Search

ESCAPES = {r"\n": "\n", r"\ufeff": "\ufeff", r"\u200b": "\u200b"}
PARSERS: dict[str, Callable[[str], Profile | Search | Post]] = {
    "profile": parse_profile,
    "search": parse_search,
    "post": parse_post,
}


def rows() -> list[tuple[str, str, str]]:
    lines = Path(__file__).with_name("linkedin-urls.tsv").read_text("utf-8").split("\n")[1:]
    found: list[tuple[str, str, str]] = []
    for line in filter(None, lines):
        field, text, expected = line.split("\t")
        for escape, char in ESCAPES.items():
            text = text.replace(escape, char)
        found.append((field, text, expected))
    return found


def answer(field: str, text: str) -> str:
    try:
        return PARSERS[field](text).key
    except Refused as refusal:
        return f"x:{refusal.reason}"


def test_corpus_is_whole() -> None:
    assert len(rows()) == 81


@pytest.mark.parametrize(("field", "text", "expected"), rows())
def test_row(field: str, text: str, expected: str) -> None:
    assert answer(field, text) == expected


@pytest.mark.parametrize("reason", sorted({row[2] for row in rows() if row[2].startswith("x:")}))
def test_every_refusal_is_listed_and_says_what_to_do(reason: str) -> None:
    refusal = Refused(reason.removeprefix("x:"))
    assert refusal.reason.partition(":")[0] in REASONS
    assert str(refusal).endswith(".")
    assert "{" not in str(refusal)
