"""How texts are compared: which ones are the same, and where words begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.search.documents import document, mark_of, parts_query
from houselist.search.texts import LONGEST, folded, grams_of, words_of
from houselist.search.wanted import Wanted, containing, wanted_words


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("José", "JOSE"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Søren Ørsted", "soren orsted"),
        ("Þór Æsir", "thor aesir"),
        ("İstanbul", "istanbul"),
        ("ISTANBUL", "ıstanbul"),
        ("Ångström", "a\u030angstro\u0308m"),
        ("ﬁnance", "finance"),
        ("Ｆｕｌｌ", "full"),
        ("O’Brien", "o'brien"),
        ("  a \t\n b\u00a0c ", "a b c"),
        ("soft\u00adhyphen", "softhyphen"),
        ("Ελλάδα", "ελλαδα"),
        ("ЁЛКА", "елка"),
        ("가나", "\u1100\u1161\u1102\u1161"),
        ("が", "か\u3099"),
    ],
)
def test_they_are_the_same(text: str, same: str) -> None:
    assert folded(text) == folded(same)


@pytest.mark.parametrize(
    ("text", "other"), [("が", "か"), ("हिन्दी", "हनद"), ("a", "b"), ("ß", "s")]
)
def test_they_are_not(text: str, other: str) -> None:
    assert folded(text) != folded(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("O'Brien, Jean-Luc", ["o", "brien", "jean", "luc"]),
        ("jo.doe+x@acme-corp.example", ["jo", "doe", "x", "acme", "corp", "example"]),
        ("snake_case R&D C++", ["snake", "case", "r", "d", "c"]),
        ("北京大学 工程", ["北京大学", "工程"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("4th Floor, 2b", ["4th", "floor", "2b"]),
        ("!?", []),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, words: list[str]) -> None:
    assert words_of(folded(text)) == words


_TEXT = st.text(max_size=30)


@given(_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert once == " ".join(once.split())


@given(st.text(alphabet="aé'\\ %_ßX中", min_size=1, max_size=12), st.data())
def test_every_part_of_a_text_is_asked_for_by_grams_that_it_has(
    text: str, data: st.DataObject
) -> None:
    low = folded(text)
    start = data.draw(st.integers(0, len(low)))
    part = folded(low[start : data.draw(st.integers(start, len(low)))])
    if not part:
        return
    grams = grams_of(low)
    if len(part) < 3:
        assert any(gram.startswith(part) for gram in grams)
    else:
        assert {part[at : at + 3] for at in range(len(part) - 2)} <= grams


@given(st.lists(_TEXT | st.none(), min_size=8, max_size=8))
def test_whoever_has_a_word_is_found_by_how_it_begins(values: list[str | None]) -> None:
    person = document(values)
    for value in (values[0], *values[3:]):
        for word in wanted_words(value or ""):
            assert Wanted(words=(word[: 1 + len(word) // 2],)).fits(person), word


def test_what_stands_far_behind_in_a_text_does_not_count() -> None:
    assert folded("a" * LONGEST + "b") == "a" * LONGEST
    assert len(folded("\ufdfa" * 100_000)) <= 4 * LONGEST


def test_what_is_asked_is_quoted() -> None:
    mark = mark_of(bytes(12))
    assert parts_query(mark, "company", "a'\\") == f"'{mark}ca''\\\\'"
    assert containing("5%_\\") == "%5\\%\\_\\\\%"
