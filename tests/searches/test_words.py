"""The words of a text: the same whoever wrote it, and never one that a query could stumble over."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.searches.words import fold, words

ANY = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("José Álvarez", "jose alvarez"),
        ("Jose\u0301", "jose"),
        ("Straße ØRSTED Łódź Œuvre İstanbul ısı", "strasse orsted lodz oeuvre istanbul isi"),
        ("VP, Sales & Marketing (EMEA)", "vp sales marketing emea"),
        ("C++/C# F# A+B #hiring .NET", "c++ c# f# a b hiring net"),
        (
            "O'Brien's R&D node.js jean-pierre snake_case",
            "o brien s r d node js jean pierre snake case",
        ),
        ("東京タワー 3.5kg", "東 京 タ ワ ー 3 5kg"),
        ("Ελλάδα Россия", "ελλαδα россия"),
        ("ﬁnance ＣＴＯ ①", "finance cto 1"),
        ("!?… \u200b\x00", ""),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert words(text) == expected.split()


def test_a_very_long_word_is_cut_alike_everywhere() -> None:
    assert words("a" * 500) == words("A" * 200) == ["a" * 80]


def test_a_very_long_text_is_cut() -> None:
    assert len(words("a " * 100_000)) == 5_000


@given(ANY)
def test_words_of_words_are_the_same(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(ANY)
def test_case_makes_no_difference(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY)
def test_nothing_but_letters_digits_and_two_signs_is_in_a_word(text: str) -> None:
    for word in words(text):
        assert re.fullmatch(r"[^\W_]+[+#]*", word)
        assert not set(word) & set("'\\:= ")
