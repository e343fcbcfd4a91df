"""LinkedIn cells of files: what is mended before it is read, and what is left to the rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from houselist.linkedin import Refused
from houselist.people.cells.profiles import read_profile

TOKEN = "ACoAA" + "b" * 34
CORPUS = Path(__file__).parents[2] / "linkedin" / "linkedin-urls.tsv"


@pytest.mark.parametrize(
    "cell",
    [
        "/in/jo-doe",
        "in/jo-doe/",
        "https://https://www.linkedin.com/in/jo-doe",
        "http://https://linkedin.com/in/jo-doe",
        "https:/www.linkedin.com/in/jo-doe",
        "https//www.linkedin.com/in/jo-doe",
        "ttps://www.linkedin.com/in/jo-doe",
        "https://www.linkedin.com/in/jo-doe%20",
        "https://www.linkedin.com/in/jo-doe%20%E2%80%8B/",
        "https://www.linkedin.com/in/jo-doe%2F",
        "Jo Doe https://www.linkedin.com/in/jo-doe",
        "LinkedIn: https://www.linkedin.com/in/jo-doe",
        "[Jo](https://www.linkedin.com/in/jo-doe)",
        '=HYPERLINK("https://www.linkedin.com/in/jo-doe","Jo")',
        "https://www.google.com/url?q=https://www.linkedin.com/in/jo-doe&sa=D",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.linkedin.com%2Fin%2Fjo-doe&data=x",
        '["https://www.linkedin.com/in/jo-doe"]',
        '{"url": "linkedin.com/in/jo-doe"}',
    ],
)
def test_what_is_only_wrapped_or_mistyped_is_mended(cell: str) -> None:
    assert read_profile(cell).key == "in:jo-doe"


@pytest.mark.parametrize("cell", [TOKEN, f"{TOKEN},NAME_SEARCH,aB1c", f"/in/{TOKEN}"])
def test_an_internal_id_may_stand_alone(cell: str) -> None:
    assert read_profile(cell).key == f"id:{TOKEN}"


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("jo-doe", "not_a_url"),
        ("@jo-doe", "not_a_url"),
        ("https://www.linkedin.com/in/jo doe", "whitespace"),
        ("https://www.linkedin.com/in/jo https://www.linkedin.com/in/bo", "whitespace"),
        ("Jo https://www.linkedin.com/company/acme", "whitespace"),
        ("https://evil.example/?url=https://www.linkedin.com/in/jo", "not_linkedin"),
        ("https://www.google.com/url?q=https://evil.example/in/jo", "not_linkedin"),
        ("https://www.linkedin.com/in/%20", "bad_char"),
        ("https://www.linkedin.com/in/a%2Fb", "bad_char"),
        ("ACoAAshort", "not_a_url"),
        ("/in/me", "not_a_url"),
        ('=HYPERLINK("x")', "not_a_url"),
        ("x" * 100_000, "too_long"),
    ],
)
def test_what_is_unclear_is_refused_for_what_it_is(cell: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read_profile(cell)
    assert refused.value.reason == reason


def _corpus() -> list[tuple[str, str]]:
    lines = CORPUS.read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    escapes = {"\\n": "\n", "\\ufeff": "\ufeff", "\\u200b": "\u200b"}
    found: list[tuple[str, str]] = []
    for kind, text, expected in rows:
        if kind == "profile":
            for escape, char in escapes.items():
                text = text.replace(escape, char)
            found.append((text, expected))
    return found


@pytest.mark.parametrize(("text", "expected"), _corpus())
def test_nothing_that_the_rules_decide_is_decided_otherwise(text: str, expected: str) -> None:
    try:
        found = read_profile(text).key
    except Refused as refused:
        found = f"x:{refused.reason}"
    assert found == expected
