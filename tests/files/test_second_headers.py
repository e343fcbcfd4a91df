"""Tables below each other in one file: what is below another header is never read by the first."""

from __future__ import annotations

import io

import pytest

from houselist.files.reading import BadRow, read_table
from support.workbooks import row, xlsx_parts, zipped

FIRST = ["Name", "Email", "Title", "Company"]
ANA = ["Ana Bee", "ana@bee.example", "CEO", "Bee Ltd"]
OTHERS = [
    [["Name", "Email", "Company", "Title"], ["Cy Dee", "cy@dee.example", "Dee Ltd", "CTO"]],
    [["Name", "Email", "Company", "Country"], ["Cy Dee", "cy@dee.example", "Dee Ltd", "FR"]],
    [["Email", "Name"], ["cy@dee.example", "Cy Dee"]],
    [
        ["Name", "Email", "Phone", "Title", "Company"],
        ["Cy Dee", "cy@dee.example", "1", "CTO"],
    ],
]


def csv_of(*lines):
    return "".join(",".join(line) + "\n" for line in lines).encode(), "csv"


def xlsx_of(*lines):
    return zipped(xlsx_parts("".join(row(*line) for line in lines))), "spreadsheet"


def read(file):
    data, form = file
    table = read_table(io.BytesIO(data), form)
    return list(table.rows), table.facts.notes


@pytest.mark.parametrize("made", [csv_of, xlsx_of])
@pytest.mark.parametrize("other", OTHERS)
def test_rows_below_another_header_are_not_read_by_the_first(made, other):
    rows, notes = read(made(FIRST, ANA, *other, *other[1:]))
    assert rows[0] == ANA
    assert len(rows) == 1 + len(other) + 1
    assert all(isinstance(each, BadRow) for each in rows[1:])
    assert "a file of their own" in rows[-1].reason
    assert ["Row 2 is a second header" in note for note in notes] == [True]


@pytest.mark.parametrize("made", [csv_of, xlsx_of])
def test_below_the_same_header_again_everything_is_read(made):
    rows, notes = read(made(FIRST, ANA, FIRST, ANA, FIRST[:2], ANA, OTHERS[0][0], ANA, FIRST, ANA))
    assert [each == ANA for each in rows] == [
        True,
        False,
        True,
        False,
        True,
        False,
        False,
        False,
        True,
    ]
    assert len(notes) == 1


@pytest.mark.parametrize(
    "like",
    [
        # Cells that are words of the header beside somebody's address, or only one of them.
        ["Company", "ana@bee.example", "Name", "Title"],
        ["Title", None, "Freelance", "Company of one"],
        ["Name", "Total: 2", "Count", "Sum"],
    ],
)
def test_a_row_that_only_resembles_a_header_ends_nothing(like):
    rows, notes = read(csv_of(FIRST, [cell or "" for cell in like], ANA))
    assert rows == [like, ANA]
    assert notes == []


def test_the_first_header_may_have_the_same_name_twice():
    head = ["Email", "Name", "Email"]
    line = ["a@x.example", "A B", "b@x.example"]
    rows, notes = read(csv_of(head, line, head, line))
    assert (rows[0], rows[2], notes) == (line, line, [])
