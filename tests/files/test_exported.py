"""Guarded cells and the columns of exports: nothing runs in a spreadsheet, everything comes back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from houselist.people import exported

CELLS = st.text(st.sampled_from("=+-@'\"; \t\n\r,aＡ＝＋－＠1"), max_size=12) | st.text(max_size=20)


@given(CELLS)
@example("'=1")
@example("a;'=1")
def test_what_was_guarded_comes_back(cell: str) -> None:
    assert exported.unguard(exported.guard(cell)) == cell


@given(CELLS)
def test_no_guarded_cell_starts_a_formula_whatever_delimiter_is_used(cell: str) -> None:
    target = io.StringIO()
    csv.writer(target).writerow(["x", exported.guard(cell), "y"])
    for delimiter in (",", ";", "\t"):
        source = io.StringIO(target.getvalue(), newline="")
        for row in csv.reader(source, delimiter=delimiter):
            for found in row:
                assert not found.lstrip(' "').startswith(
                    ("=", "+", "-", "@", "＝", "＋", "－", "＠")
                )


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1", "'+49 30 1"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ('a; "=1', "a; \"'=1"),
        ("a\n=1", "a\n'=1"),
        ("'=1", "''=1"),
        ("a=1", "a=1"),
        ("it's", "it's"),
        ("'90s", "'90s"),
        ("a - b", "a - b"),
    ],
)
def test_only_what_would_run_is_guarded(cell: str, guarded: str) -> None:
    assert exported.guard(cell) == guarded


@given(st.text(min_size=1, max_size=20) | st.sampled_from([*exported.COLUMNS, exported.REST]))
@example("attributes.attributes.x")
def test_an_attribute_comes_back_from_its_column(attribute: str) -> None:
    column = exported.column_of(attribute)
    assert column not in (*exported.COLUMNS, exported.REST)
    assert exported.attribute_of(column) == attribute


def test_other_files_are_not_taken_for_exports() -> None:
    assert exported.is_exported([*exported.COLUMNS, "Event"])
    assert not exported.is_exported(["id", "email", "addedAt"])
    assert not exported.is_exported(exported.COLUMNS[:-1])
