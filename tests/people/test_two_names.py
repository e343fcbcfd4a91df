"""Which two names on one e-mail address are clearly two people's: only those with nothing in common."""

from __future__ import annotations

import time

import pytest

from houselist.people.fields import FIRST_NAME, NAME, WIDTH
from houselist.people.two_names import are_two, note_two_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane Doe", "Robert Miller"),
        ("José García", "Anna Schmidt"),
        ("Иван Петров", "Анна Смирнова"),
        ("Jan Kos", "Jon Kas"),
    ],
)
def test_two_people(one: str, other: str) -> None:
    assert are_two(one, other)
    assert are_two(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Robert Miller", "Bob Miller"),
        ("Robert Miller", "R. M."),
        ("Robert Miller", "MILLER, Robert"),
        ("Robert Miller", "Miller"),
        ("Robert Miller", "Bob"),
        ("Jane Doe", "Jane Miller"),
        ("Jane Doe", "Dr. Anna Jane Miller-Smith"),
        ("José Núñez", "Jose Nunez"),
        ("Jürgen Müller", "Juergen Mueller"),
        ("Søren Østergård", "Soren Ostergard"),
        ("Jane Doe", "Джейн Доу"),
        ("Jane Doe", ""),
        ("...", "Jane Doe"),
    ],
)
def test_maybe_one_person(one: str, other: str) -> None:
    assert not are_two(one, other)
    assert not are_two(other, one)


def test_the_note_says_which_names_and_what_became_of_them() -> None:
    known, row = [None] * WIDTH, [None] * WIDTH
    known[FIRST_NAME : NAME + 1] = "Jane", "Doe", "Jane Doe"
    row[NAME] = "Robert\x1b[31m Miller" + "x" * 500
    kept = note_two_names(known, row, updates=False)
    assert kept is not None
    assert "Jane Doe" in kept
    assert "Robert" in kept
    assert "the name was kept" in kept
    assert "\x1b" not in kept
    assert len(kept) < 400
    assert "the row's name was taken" in str(note_two_names(known, row, updates=True))


@pytest.mark.parametrize("name", ["a\u0301" * 50_000, "a " * 50_000, "ﷺ " * 50_000, "e" * 100_000])
def test_long_names_cost_no_more_than_short_ones(name: str) -> None:
    started = time.thread_time()
    for _ in range(10):
        are_two(name, "Jane Doe")
        are_two(name, name[::-1])
    assert time.thread_time() - started < 0.1
