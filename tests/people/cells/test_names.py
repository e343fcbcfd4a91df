"""Full names split into first and last where that is sure, and left alone where it is not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from houselist.people.cells.names import NOBODY, _split, split_name, visible_name

WORDS = st.sampled_from(
    [
        "Jane",
        "jane",
        "JANE",
        "Müller",
        "Anna-Lena",
        "O'Neil",
        "Li",
        "Ek",
        "D",
        "Q",
        "Øyvind",
        "García",
        "Peter",
        "Şahin",
        "Wang",
        "Smith",
        "Hassan",
        "McDonald",
        "DiCaprio",
    ]
)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Jane Doe", "Jane", "Doe"),
        ("JANE DOE", "JANE", "DOE"),
        ("Doe, Jane", "Jane", "Doe"),
        ("de la Cruz, Maria", "Maria", "de la Cruz"),
        ("Dr. Jane van der Doe", "Jane", "van der Doe"),
        ("Jane Doe, MBA 🚀", "Jane", "Doe"),
        ("Jane Doe, PMP, MBA", "Jane", "Doe"),
        ("Jane Doe MBA", "Jane", "Doe"),
        ("Jane (Janey) Doe", "Jane", "Doe"),
        ("Jane  Doe", "Jane", "Doe"),
        ("Jane Q. Doe", "Jane", "Doe"),
        ("Jean-Luc Picard", "Jean-Luc", "Picard"),
        ("Jürgen Müller", "Jürgen", "Müller"),
        ("O'Neil, Jo", "Jo", "O'Neil"),
        ("Jack Ma", "Jack", "Ma"),
        ("Jennifer Null", "Jennifer", "Null"),
        ("Иван Петров", "Иван", "Петров"),
        ("山田 太郎", "太郎", "山田"),
        ("김철수", "철수", "김"),
        ("Иванов Иван Иванович", "Иван", "Иванов"),
        ("Иван Иванович Иванов", "Иван", "Иванов"),
        ("Ольга Сергеевна Ким", "Ольга", "Ким"),
        ("Марина Иванова", "Марина", "Иванова"),
        ("Лев Толстой", "Лев", "Толстой"),
        ("An Nguyễn", "An", "Nguyễn"),
        ("JD Vance", "JD", "Vance"),
        ("J.R. Smith", "J.R.", "Smith"),
        ("DOE, Jane", "Jane", "DOE"),
        ("Le Monde", "Le", "Monde"),
        # One part is sure, the other is not.
        ("Gabriel García Márquez", "Gabriel", None),
        ("María del Carmen Pérez y García", "María", None),
        ("Dr. Doe", None, "Doe"),
        # Nothing is.
        ("Jane", None, None),
        ("Nguyễn Văn A", None, None),
        ("NGUYEN Van Anh", None, None),
        ("Nguyen Van A", None, None),
        ("Lê Mai", None, None),
        ("DOE Jane", None, None),
        ("Петров Иван", None, None),
        ("Иванов Иван Олег", None, None),
        ("毛泽东", None, None),
        ("Jane and John Doe", None, None),
        ("Jane Doe, CEO at Acme", None, None),
        ("Jane Doe | CEO", None, None),
        ("Jane Doe - Coach", None, None),
        ("jane@x.example", None, None),
        ("Acme GmbH", None, None),
        ("Sales Team", None, None),
        ("Team 4", None, None),
        ("x" * 201, None, None),
        ("Jane " + "Doe " * 40, None, None),
        ("🚀", None, None),
    ],
)
def test_what_of_a_name_is_sure(name: str, first: str | None, last: str | None) -> None:
    assert split_name(name) == (first, last)


@pytest.mark.parametrize("name", ["LinkedIn Member", "linkedin  member", "LinkedIn-Mitglied"])
def test_a_name_that_linkedin_hides_is_nobodys(name: str) -> None:
    assert split_name(name) is NOBODY


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("Ek\x07", "Ek"),
        ("\u202eEk\u202c", "Ek"),
        ("Jo\tEk\n", "Jo Ek"),
        ("Jo\xadhn", "John"),
        ("\u200b", None),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ],
)
def test_what_cannot_be_seen_in_a_name_is_dropped(name: str, seen: str | None) -> None:
    assert visible_name(name) == seen


@pytest.mark.parametrize("name", ["nan nan", "NULL", "NULL NULL", "#N/A #NAME?", "-", "undefined"])
def test_words_for_nothing_are_nobody(name: str) -> None:
    assert split_name(name) is NOBODY


@given(st.lists(WORDS, min_size=2, max_size=4))
def test_the_short_way_comes_to_what_the_parser_says(words: list[str]) -> None:
    name = " ".join(words)
    assert split_name(name) == _split(name)


@given(st.text(max_size=60))
@example(",A A")
def test_any_text_is_read(name: str) -> None:
    found = split_name(name)
    assert len(found) == 2
    assert all(part is None or part for part in found) or found is NOBODY
