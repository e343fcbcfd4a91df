"""CSV as people's programs write it, and as it arrives when something went wrong."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.csv_records import UNCLOSED
from houselist.files.mapping import suggest_mapping
from houselist.files.reading import BadRow, UnreadableFile, read_table


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    table = read_table(io.BytesIO(data), "csv")
    return table.columns, list(table.rows)


def rows(text):
    return read(text)[1]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_delimiter_and_line_end(delimiter, end):
    lines = [["Name", "City", "Note"], ["Ann", "Bonn", "x"], ["Bob", "Rom", "y"]]
    text = end.join(delimiter.join(line) for line in lines)
    assert read(text) == (lines[0], lines[1:])
    assert read(text + end) == (lines[0], lines[1:])


def test_commas_in_every_cell_do_not_beat_the_semicolon():
    text = "Name;Place\n" + "Ann;Bonn, Germany\n" * 20
    assert read(text)[0] == ["Name", "Place"]
    text = "Name;Amount;Place\n" + "Ann;1,5;Bonn, Germany\n" * 20
    assert rows(text)[0] == ["Ann", "1,5", "Bonn, Germany"]


def test_of_two_that_divide_every_row_the_one_that_tells_who_somebody_is_wins():
    text = "Email;Name, Firma\nzoe@a.example;Müller, Acme\nada@a.example;Lovelace, Engines\n"
    assert read(text)[0] == ["Email", "Name, Firma"]


def test_delimiters_inside_quotes_are_not_counted():
    text = 'Name,Note\n"a;b;c",";;;"\n"d;e;f","g;;h"\n'
    assert rows(text) == [["a;b;c", ";;;"], ["d;e;f", "g;;h"]]


def test_a_header_alone_names_the_columns():
    assert read("Name;E-Mail") == (["Name", "E-Mail"], [])


@pytest.mark.parametrize("line", ["sep=;", "SEP=;\r", '"sep=;"'])
def test_excels_sep_line_decides(line):
    assert read(f"{line}\na,x;b,y\n1,2;3,4\n") == (["a,x", "b,y"], [["1,2", "3,4"]])


def test_a_sep_line_alone_is_an_empty_file():
    with pytest.raises(UnreadableFile, match="empty"):
        read("sep=;\n\n")


def test_quoted_newlines_and_doubled_quotes():
    text = 'a,b\r\n"line 1\r\nline 2","say ""hi"""\r\n"",x\r\n'
    assert rows(text) == [["line 1\nline 2", 'say "hi"'], [None, "x"]]


def test_stray_quotes_are_text():
    text = 'a,b\n5" pipe,x\n"Jo" Smith,y\n"Al "Big" Capo",z\n"q" ,w\np, "c, d"\n'
    assert rows(text) == [
        ['5" pipe', "x"],
        ["Jo Smith", "y"],
        ['Al Big" Capo"', "z"],
        ["q", "w"],
        ["p", "c, d"],
    ]


def test_leading_blank_lines_and_blank_rows_are_no_rows():
    text = "\n \n\na,b\n\n1,2\n , \n,\n\n3,4\n   \n"
    assert read(text) == (["a", "b"], [["1", "2"], ["3", "4"]])


def test_cells_are_trimmed_and_blank_ones_none():
    assert rows("a,b,c\n  x\u00a0,\t , y\n") == [["x", None, "y"]]


def test_short_rows_are_padded_and_blank_surplus_is_dropped():
    assert rows("a,b,c\n1\n1,2,3,,  ,\n") == [["1", None, None], ["1", "2", "3"]]


def test_surplus_cells_make_a_bad_row_that_keeps_its_text():
    assert rows('a,b\n1,"2\n2",3,\n4,5\n') == [
        BadRow('1,"2\n2",3,', "3 cells, but the header has 2 columns"),
        ["4", "5"],
    ]


def test_column_names_are_made_unique_and_never_blank():
    text = 'Email,,Email,"E\n mail",Email (2),email\n1,2,3,4,5,6\n'
    columns, data = read(text)
    assert columns == ["Email", "column 2", "Email (3)", "E mail", "Email (2)", "email"]
    assert data == [["1", "2", "3", "4", "5", "6"]]


def test_a_quote_never_closed_costs_its_own_line_alone():
    tail = "".join(f"{n},x\n" for n in range(5000))
    assert rows(f'a,b\n1,2\n3,"oops\n{tail}') == [
        ["1", "2"],
        BadRow('3,"oops', UNCLOSED),
        *[[str(n), "x"] for n in range(5000)],
    ]


def test_a_quote_closed_only_by_a_later_rows_quote_swallows_nothing():
    text = 'a,b\n"1","2\n"3","4"\n5,"6, 7"\n'
    assert rows(text) == [BadRow('"1","2', UNCLOSED), ["3", "4"], ["5", "6, 7"]]


def test_a_quote_never_closed_in_a_large_file_is_given_up_after_a_mebibyte():
    tail = "1,x\n" * 700_000
    data = rows(f'a,b\n3,"oops\n{tail}')
    assert data[0] == BadRow('3,"oops', UNCLOSED)
    assert len(data) == 700_001
    assert all(row == ["1", "x"] for row in data[1:])


def test_a_file_of_hostile_quotes_ends_in_time_with_every_line_told():
    data = rows("a,b\n" + 'x",y,"\n' * 300_000)
    assert len(data) == 300_000
    assert all(isinstance(row, BadRow) for row in data)


def test_a_record_across_blocks_is_whole():
    note = "é, \n" * 20_000
    data = rows("a,b\n" + f'1,"{note}"\n' * 8)
    assert data == [["1", note.strip()]] * 8


def test_cells_and_rows_too_long_are_bad_and_the_next_is_read():
    longest, over = "x" * 100_000, "x" * 100_001
    endless = "y" * (3 * 1024 * 1024)
    lines = "x\n" * 50_001
    data = rows(f'a,b\n1,{longest}\n2,{over}\n3,"{lines}"\n4,{endless}\n5,z\n')
    assert data[0] == ["1", longest]
    assert [row.reason for row in data[1:4]] == [
        "a cell is longer than 100,000 characters",
        "a cell is longer than 100,000 characters",
        "the row is longer than 1,048,576 characters",
    ]
    assert all(len(row.text) <= 2000 for row in data[1:4])
    assert data[4:] == [["5", "z"]]


def test_a_list_of_urls_with_and_without_header():
    urls = ["https://www.linkedin.com/in/a", "linkedin.com/in/b"]
    assert read("LinkedIn URL\n" + "\n".join(urls)) == (["LinkedIn URL"], [[u] for u in urls])
    assert read("\n".join(urls)) == (["linkedinUrl"], [[u] for u in urls])
    assert read("\n".join(f"{u}," for u in urls)) == (
        ["linkedinUrl", "column 2"],
        [[u, None] for u in urls],
    )


def test_a_list_of_addresses_without_header():
    assert read("\ufeffann@x.org\r\nbob@x.org\r\n") == (["email"], [["ann@x.org"], ["bob@x.org"]])


def test_several_columns_without_header_are_refused():
    with pytest.raises(UnreadableFile, match=r"first row holds data \(ann@x.org\)"):
        read("Ann,ann@x.org\nBob,bob@x.org\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",,,\n1,2,3,4\n", "only blank cells"),
        (";;\n", "only blank cells"),
        (",".join(map(str, range(501))), "501 columns; 500"),
        ('"Name,Email\nAnn,x\n', "never closed"),
        ("x" * 5000 + ",b\n1,2\n", "longer than 1,000"),
    ],
)
def test_headers_that_are_none(text, message):
    with pytest.raises(UnreadableFile, match=message):
        read(text)


def test_linkedins_own_export_has_notes_above_its_header():
    text = (
        "Notes:\n"
        '"When exporting your connection data, you may notice that some of the email addresses '
        'are missing. See https://www.linkedin.com/psettings/privacy/email, or here."\n\n'
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
        'Ann,Lee,https://www.linkedin.com/in/ann,,"Acme, Inc.",CTO,01 Jan 2024\n'
    )
    columns, data = read(text)
    assert columns[0] == "First Name"
    assert data[0][4] == "Acme, Inc."
    assert suggest_mapping(columns).mapping["URL"] == "linkedinUrl"


def test_a_first_row_is_not_taken_for_notes_unless_the_header_below_is_certain():
    assert read("Team\nAnn, Lee\n")[0] == ["Team"]
    assert read("id;code\n1;2;Name;Email\n")[0] == ["id", "code"]


def test_memory_stays_flat_however_long_the_file():
    def lines():
        yield b"Name,Email,Note\n"
        for n in range(400_000):
            yield b"Ann %d,ann%d@example.org,something to say\n" % (n, n)

    class Pipe:
        def __init__(self):
            self._lines = lines()

        def read(self, _size):
            return next(self._lines, b"")

    table = read_table(Pipe(), "csv")
    tracemalloc.start()
    count = sum(1 for _ in table.rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 400_000
    assert peak < 8 * 1024 * 1024


def test_the_example_file_of_legislators():
    path = next((p for p in Path(__file__).parents[2].glob("examples/*legislators*.csv")), None)
    if path is None:
        pytest.skip("the example file is not bundled")
    columns, data = read(path.read_bytes())
    assert len(data) == 537
    assert suggest_mapping(columns).mapping == {
        "first_name": "firstName",
        "last_name": "lastName",
        "full_name": "name",
        "title": "title",
    }


cell = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=20)


@given(st.lists(st.lists(cell, min_size=3, max_size=3), max_size=8), st.sampled_from(",;\t|"))
def test_what_is_quoted_comes_back_as_it_was(cells, delimiter):
    quoted = [delimiter.join('"' + c.replace('"', '""') + '"' for c in row) for row in cells]
    text = "\n".join([delimiter.join(["Name", "Email", "Note"]), *quoted]) + "\n"
    expected = [[c.strip() or None for c in row] for row in cells]
    assert rows(text) == [row for row in expected if any(row)]


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n\r\t"),
        max_size=200,
    )
)
def test_no_line_is_lost_whatever_the_quotes(text):
    marks = [f"row{n}" for n in range(5)]
    found = rows("Name,Email\n" + "".join(f"{m},{text}\n" for m in marks))
    told = " ".join(r.text if isinstance(r, BadRow) else " ".join(filter(None, r)) for r in found)
    assert all(mark in told for mark in marks)


@pytest.mark.parametrize("sign", ["~", "^", "#", "/", ":", "!", "\x1f", "，", "§"])
def test_a_rare_sign_that_separates_every_row_is_the_delimiter(sign):
    lines = [["First", "Last", "Email"], ["Jo", "Ek", "a@x.example"], ["Di", "Ek", "b@x.example"]]
    assert read("\n".join(sign.join(line) for line in lines)) == (lines[0], lines[1:])
    # One row under names that are known, and names that are not known over several rows.
    assert read("\n".join(sign.join(line) for line in lines[:2])) == (lines[0], lines[1:2])
    lines[0] = ["P", "Q", "R"]
    assert read("\n".join(sign.join(line) for line in lines)) == (lines[0], lines[1:])


def test_a_rare_sign_counts_even_if_a_usual_one_is_in_the_header_and_some_cells():
    text = "First~Last~Email~City, Land\nJo~Ek~a@x.example~Oslo, NO\nDi~Ek~b@x.example~Bonn, DE\n"
    assert read(text)[0] == ["First", "Last", "Email", "City, Land"]


@pytest.mark.parametrize("sign", ["~", "^", "!"])
def test_the_sep_line_may_declare_a_rare_sign(sign):
    assert read(f"sep={sign}\na,x{sign}b\n1{sign}2\n") == (["a,x", "b"], [["1", "2"]])


@pytest.mark.parametrize(
    "text",
    [
        "Link: LinkedIn\nhttps://www.linkedin.com/in/a\nhttps://www.linkedin.com/in/b\n",
        "Name/URL/x\nhttps://x.example\nhttps://y.example\n",
        "/in/a\n/in/b\n/in/c\n",
        "linkedin.com/in/a\nlinkedin.com/in/b\n",
        "Mail: x\nmailto:a@x.example\nmailto:b@x.example\n",
        "Email/Phone\na@x.example\nb@x.example\n",
        "Email/Phone\na@x.example\nb@x.example / c@x.example\n+49 1\n",
        "a+1@x.example\nb+2@x.example\n",
        "Work-Email\na-b@x.example\nc-d@x.example\n",
        '="Email"\n="a@x.example"\n="b@x.example"\n',
        "Email*\na@x.example\nb@x.example\n",
        "o!a@x.example\nb@x.example\n",
    ],
)
def test_a_single_column_stays_one(text):
    assert len(read(text)[0]) == 1


def test_signs_in_cells_of_a_table_that_tells_who_people_are_separate_nothing():
    text = "Email,First/Last\n" + "a@x.example,Jo/Ek\n" * 5
    assert read(text)[0] == ["Email", "First/Last"]
