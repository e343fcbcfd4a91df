"""Names and descriptions: what is kept of them, and which two names are the same."""

from __future__ import annotations

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
    [("CTOs", "ctos"), ("Straße", "STRASSE"), ("Café", "Cafe\u0301"), ("ΣΊΣΥΦΟΣ", "Σίσυφος"), ("Å", "\u212b")],
)  # fmt: skip
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
