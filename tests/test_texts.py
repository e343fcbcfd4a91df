"""Names and descriptions: what is kept of them, and which two names are the same."""

from __future__ import annotations

import time
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.texts import Description, Name, name_key


@given(st.text())
def test_a_name_is_trimmed_and_whole_or_refused(text: str) -> None:
    try:
        name = Name(text)
    except ValueError:
        return
    assert name == text.strip()
    assert 1 <= len(name) <= 200
    assert not any(unicodedata.category(letter) == "Cc" for letter in name)
    name.encode()


@pytest.mark.parametrize("length", [1, 200])
def test_the_bounds_belong_to_it(length: int) -> None:
    assert len(Name(" " + "é" * length + "\n")) == length
    with pytest.raises(ValueError, match="1 to 200 characters"):
        Name("é" * (length + 200))


@given(st.text(max_size=2100))
def test_a_description_is_kept_as_it_is_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert Description(text) == text


@pytest.mark.parametrize("text", ["", " ", "a\nb\r\n\tc", "x" * 2000, "😀" * 2000])
def test_line_breaks_and_tabs_may_stand_in_a_description(text: str) -> None:
    assert Description(text) == text


@pytest.mark.parametrize("text", ["x" * 2001, "\x00", "\x0b", "\x1b[0m", "\x7f", "\x85", "\ud800"])
def test_other_control_characters_may_not(text: str) -> None:
    with pytest.raises(ValueError, match="must "):
        Description(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CTOs", "ctos"),
        ("Straße", "STRASSE"),
        ("Café", "Cafe\u0301"),
        ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
        ("Å", "\u212b"),
    ],
)
def test_case_and_composition_do_not_tell_names_apart(one: str, other: str) -> None:
    assert Name(one).key == Name(other).key


@pytest.mark.parametrize(
    ("one", "other"), [("a", "b"), ("Cafe", "Café"), ("a b", "ab"), ("①", "1")]
)
def test_everything_else_does(one: str, other: str) -> None:
    assert Name(one).key != Name(other).key


@given(st.text())
def test_the_key_of_a_key_is_itself(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)


@given(st.text())
def test_composition_never_makes_a_difference(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert name_key(decomposed) == name_key(text)


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "ශ්\u200dරී",
        "👩\u200d🚀 Crew",
        "❤\ufe0f Leads",
        "❤\ufe0f\u200d🔥",
        "👩🏽\u200d⚕\ufe0f",
        "1\ufe0f\u20e3 First",
        "葛\U000e0100城",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scots",
        "ᠮᠤᠩᠭᠤᠯ\u180eᠠ",
        "تجار ۴۵٪",
        "\u0600٤",
        "Zoë’s – “best” №1 €",
        "李\u3000雷",
        "한국어",
        "a\u0301",
        "שלום עולם",
    ],
)
def test_what_languages_and_emoji_need_may_stand_in_a_name(text: str) -> None:
    assert Name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "CT\u200bO",
        "CT\u200cO",
        "CT\u200dO",
        "\u200dCTO",
        "می\u200c",
        "می\u200c\u200cخ",
        "👩\u200d",
        "\u200d🚀",
        "👩\u200d\u200d🚀",
        "a\u200d🚀",
        "あ\u200dい",
        "CTO\ufe0f",
        "Q1\ufe0f",
        "❤\ufe0f\ufe0f",
        "a\U000e0100",
        "\ufe0f",
        "CT\u00adO",
        "a\u034fb",
        "\u202eOTC",
        "a\u2066b\u2069",
        "a\u200eb",
        "a\u200fb",
        "a\u061cb",
        "a\u2060b",
        "a\ufeffb",
        "\ufeffCTO",
        "\u3164",
        "a\u2800",
        "\u115f",
        "a\u17b4",
        "a\u180eb",
        "a\U000e0041",
        "🏴\U000e0067\U000e0062\U000e007f",
        "🏴\U000e0067",
        "a\u2028b",
        "a\U0001d173",
        "a\ufff9b",
        "a\U000e0fff",
        "a\U00013430",
    ],
)
def test_what_nobody_sees_may_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"invisible characters|control characters|U\+"):
        Name(text)


@given(st.text(alphabet=st.characters(categories=["Cf", "Zl", "Zp", "Mn", "Lu"]), max_size=20))
def test_no_two_names_differ_by_what_is_never_seen(text: str) -> None:
    with suppress(ValueError):
        assert not set(Name(text)) & set(
            "\u200b\u200e\u200f\u202a\u202e\u2066\u2069\u2060\ufeff\u00ad"
        )


@pytest.mark.parametrize("text", ["a\u202eb", "\u2066a\u2069", "a\U000e0041"])
def test_nothing_turns_the_direction_of_a_description(text: str) -> None:
    with pytest.raises(ValueError, match="change the direction"):
        Description(text)


@pytest.mark.parametrize(
    "text",
    ["a\u200fb", "CTOs\u200b", "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"],
)
def test_what_only_hides_may_stand_in_a_description(text: str) -> None:
    assert Description(text) == text


@pytest.mark.parametrize("text", ["\u200d" * 1_000_000, "🏴" * 1_000_000, "\u0301" * 1_000_000])
def test_what_is_too_long_is_refused_before_it_is_looked_at(text: str) -> None:
    started = time.process_time()
    for kind in (Name, Description):
        with pytest.raises(ValueError, match="characters"):
            kind(text)
    assert time.process_time() - started < 0.2
