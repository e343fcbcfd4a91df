"""Which row is the header: titles, groups and padding above and beside it, and no row ever dropped."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.headers import find_header, header_cells, name_columns
from houselist.files.reading import BadRow, UnreadableFile, read_table

HEADER = ["First Name", "Last Name", "Email", "Company"]
PERSON = ["Ann", "Lee", "ann@x.example", "Acme"]


def read(text: str) -> tuple[list[str], list[object]]:
    table = read_table(io.BytesIO(text.encode()), "csv")
    return table.columns, list(table.rows)


@pytest.mark.parametrize(
    "above",
    [
        [],
        [["Our contacts", "", "", ""]],
        [["Our contacts", "", "", ""], ["Exported by", "Bo", "", ""]],
        [["Exported", "2024-01-01"]],
        [["See https://www.linkedin.com/psettings, or ask ann@x.example."]],
    ],
)
def test_titles_above_the_header(above: list[list[str]]) -> None:
    assert find_header([*above, HEADER, PERSON]) == len(above)


@pytest.mark.parametrize(
    "records",
    [
        # Somebody's address stands above, so it may be a person's row.
        [["A", "B", "C", "D"], ["Bo", "bo@x.example"], HEADER],
        [["Name", "Ort", "x", "y"], HEADER, PERSON],
        [["A", "B", "C", "D"], ["1", "2", "3", "4"], HEADER],
        [["id", "code"], ["1", "2", "Name", "Email"]],
        [["Team"], ["Ann, Lee"]],
        [["Email"], ["a@x.example"], ["First Name", "Last Name"]],
        [["Title"]] + [["x"]] * 10 + [HEADER],
        [["x"]],
    ],
)
def test_a_wrong_guess_would_drop_rows_so_the_first_row_stays_the_header(
    records: list[list[str]],
) -> None:
    assert find_header(records) == 0


def test_a_name_over_an_address_is_a_header_in_any_language() -> None:
    assert find_header([["Teagmhálacha"], ["Ainm", "E-mail"], ["Jana", "jana@x.example"]]) == 1
    assert find_header([["My list"], ["Email"], ["ann@x.example"]]) == 1
    assert find_header([["Teagmhálacha"], ["Ainm", "E-mail"], ["Jana", "none"]]) == 0


def test_groups_above_the_header_tell_whose_name_it_is() -> None:
    groups = ["Person", None, None, "Company", None]
    names = ["First Name", "Last Name", "Email", "Name", "Website"]
    records = [groups, names, ["A", "B", "a@x.example", "Co", "co.example"]]
    assert find_header(records) == 1
    assert header_cells(records, 1) == [*names[:3], "Company Name", "Company Website"]
    titled = [["Leads of May"], *records]
    assert find_header(titled) == 2
    assert header_cells(titled, 2)[3] == "Company Name"


def test_a_group_of_other_people_keeps_their_addresses_apart() -> None:
    records = [
        ["Contact details", None, "Account manager", None, "Company"],
        ["Name", "Email", "Name", "Email", "Company Website"],
    ]
    assert find_header(records) == 1
    assert header_cells(records, 1) == [
        "Name",
        "Email",
        "Account manager Name",
        "Account manager Email",
        "Company Website",
    ]


def test_a_title_row_is_no_group() -> None:
    records = [["Exported by", "Bo", "", ""], HEADER, PERSON]
    assert header_cells(records, find_header(records)) == HEADER


def test_padding_is_left_out_and_its_columns_are_counted_right() -> None:
    padded = ",".join(["Email", "Name", *[""] * 998])
    columns, rows = read(f"{padded}\na@x.example,Ann{',' * 998}\nb@x.example\n")
    assert columns == ["Email", "Name"]
    assert rows == [["a@x.example", "Ann"], ["b@x.example", None]]
    inner = ",".join(["Email", *[""] * 700, "Name"])
    columns, rows = read(f"{inner}\na@x.example{',' * 701}Ann\n")
    assert (columns, rows) == (["Email", "Name"], [["a@x.example", "Ann"]])


def test_a_value_far_below_in_a_column_left_out_is_told() -> None:
    padded = ",".join(["Email", "Name", *[""] * 998])
    lines = "a@x.example,Ann\n" * 300 + f"b@x.example,Bo{',' * 50}x\n"
    _, rows = read(f"{padded}\n{lines}")
    assert len(rows) == 301
    assert isinstance(rows[-1], BadRow)
    assert "header has 2" in rows[-1].reason


def test_a_value_at_once_in_a_column_without_a_name_is_read() -> None:
    padded = ",".join(["Email", "Name", *[""] * 998])
    columns, rows = read(f"{padded}\na@x.example,Ann{',' * 50}x\n")
    assert columns == ["Email", "Name", "column 3"]
    assert rows == [["a@x.example", "Ann", "x"]]


def test_too_many_columns_are_counted_without_the_padding() -> None:
    names = ",".join([*(f"c{n}" for n in range(999)), *[""] * 300])
    with pytest.raises(UnreadableFile, match="The file has 999 columns; 500 are allowed"):
        read(f"{names}\n1\n")


def test_a_bare_list_may_have_several_addresses_in_its_first_row() -> None:
    assert read('"a@x.example, b@x.example"\nc@x.example\n') == (
        ["email"],
        [["a@x.example, b@x.example"], ["c@x.example"]],
    )


@pytest.mark.parametrize("first", ["Jo <jo@x.example>", '"Al,al@x.example"', "jo@x.example (work)"])
def test_a_first_row_with_an_address_among_other_words_is_no_header(first: str) -> None:
    with pytest.raises(UnreadableFile, match="no header row"):
        read(f"{first}\n{first}\n")


def test_a_header_of_padding_alone_is_blank() -> None:
    with pytest.raises(UnreadableFile, match="only blank cells"):
        read(f"{',' * 1_000}\n{',' * 1_000}\n")


@pytest.mark.parametrize(
    "text",
    [
        '"First Name,Email"\n"Al,al@x.example"\n"Bo,bo@x.example"\n',
        '"First Name;Email";;\n"Al;al@x.example";;\n"Bo;bo@x.example";;\n',
        '"First Name,Email"\r\n"Al,al@x.example"\r\n"""Bo"",bo@x.example"\r\n',
        '"First Name\tEmail"\n"Al\tal@x.example"\n"Bo\tbo@x.example"\n',
    ],
)
def test_lines_that_are_quoted_as_a_whole(text: str) -> None:
    assert read(text) == (["First Name", "Email"], [["Al", "al@x.example"], ["Bo", "bo@x.example"]])


def test_a_line_without_a_comma_is_not_quoted_by_excel() -> None:
    columns, rows = read('"Email,Name"\n"a@x.example,Al"\nb@x.example\n"c@x.example,Cy"\n')
    assert columns == ["Email", "Name"]
    assert rows == [["a@x.example", "Al"], ["b@x.example", None], ["c@x.example", "Cy"]]


@pytest.mark.parametrize(
    "text",
    [
        '"Name, first and last"\n"Doe, Jane"\n"Roe, Rob"\n',
        '"Email"\n"a@x.example, b@x.example"\n',
        '"First Name","Email"\n"Al","al@x.example"\n',
    ],
)
def test_quoted_cells_with_commas_are_no_quoted_lines(text: str) -> None:
    columns, rows = read(text)
    assert len(columns) == text.partition("\n")[0].count('"') // 2
    assert all(not isinstance(row, BadRow) for row in rows)


@pytest.mark.parametrize(
    "line", ["------+------", "|---|---|", "----- -----", "===+---", "-----|:---:"]
)
def test_a_line_drawn_below_the_header_is_no_row(line: str) -> None:
    columns, rows = read(f"email | name\n{line}\na@x.example | Ann\n")
    assert (columns, rows) == (["email", "name"], [["a@x.example", "Ann"]])


def test_only_below_the_header_is_a_line_drawn() -> None:
    assert read("email|name\na@x.example|Ann\n---|---\n")[1][-1] == ["---", "---"]


def test_text_as_formulas_is_unwrapped_and_other_formulas_are_not() -> None:
    text = (
        'Email,Zip,Note\n"=""a@x.example""","=""00123""","=SUM(""1"")"\nb@x.example,="007",=1+1\n'
    )
    assert read(text)[1] == [
        ["a@x.example", "00123", '=SUM("1")'],
        ["b@x.example", "007", "=1+1"],
    ]


@pytest.mark.parametrize(
    "cell", ["a@" + "." * 25_000, "e\u0301" * 30_000, "@" * 100_000, " " * 100_000 + "x" * 2_000]
)
def test_hostile_names_of_columns_are_refused(cell: str) -> None:
    with pytest.raises(UnreadableFile, match="longer than 1,000"):
        name_columns([cell, "Email"])


cells = st.none() | st.sampled_from(["Name", "Email", "Person", "Company", "x", "7", "a@x.example"])


@given(st.lists(st.lists(cells, min_size=1, max_size=5).filter(any), min_size=1, max_size=14))
def test_rows_with_addresses_are_never_above_the_header(records: list[list[str | None]]) -> None:
    index = find_header(records)
    assert 0 <= index < len(records)
    assert len(header_cells(records, index)) == len(records[index])
    for record in records[:index]:
        assert "a@x.example" not in record


@pytest.mark.parametrize(
    "above",
    [
        "Export,Leads,Team,Bob,May,,,\n",
        "Name of report,Sales leads,Company X,,\n",
        "Leads of May,,Company X,,\n",
        "Report,Q1,2026\n",
        "Report,Q1,2026,x,y\nOwner,Bob,\nGenerated,2026-01-01,10:00\n",
        "Company,Acme,,\n",
        "One note\n" * 15,
        "A note,of two cells\n" * 12,
    ],
)
def test_a_title_of_any_width_neither_names_columns_nor_hides_them(above: str) -> None:
    header = ["First Name", "Last Name", "Email", "Company", "Title"]
    person = ["Jo", "Ek", "jo@x.example", "Acme", "CEO"]
    assert read(f"{above}{','.join(header)}\n{','.join(person)}\n") == (header, [person])


def test_a_group_adds_to_a_name_unless_it_hides_which_field_it_is() -> None:
    records = [
        ["Person", None, "Employment now", None, "Company", None, "Account manager", None],
        ["First Name", "Email", "Employer", "Job Title", "Name", "Email", "LinkedIn", "x"],
        ["A", "a@x.example", "Co", "CEO", "Co", "info@co.example", "linkedin.com/in/m", "y"],
    ]
    assert find_header(records) == 1
    assert header_cells(records, 1) == [
        "First Name",
        "Email",
        "Employer",
        "Job Title",
        "Company Name",
        "Company Email",
        "Account manager LinkedIn",
        "Account manager x",
    ]


@pytest.mark.parametrize(
    "records",
    [
        # Nothing below proves the later row, or something above may be a person or a header.
        [["A", "B", "C"], ["First Name", "Last Name", "Email"], ["Jo", "Ek", "none"]],
        [["A", "B", "C"], ["Jo", "Ek", "jo@x.example"], ["Name", "City", "Email"], PERSON],
        [["Name", "Company", "x"], ["First Name", "Last Name", "Email"], PERSON],
        [["A", "B", "C"]] * 21 + [HEADER, PERSON],
    ],
)
def test_wide_rows_are_passed_over_only_above_a_proven_header(records: list[list[str]]) -> None:
    assert find_header(records) == 0


@pytest.mark.parametrize(
    "address",
    ["'a@x.example'", "'a@x.example');", "<a@x.example>", "Jo Ek <a@x.example>", "(a@x.example)"],
)
def test_a_first_row_with_an_address_in_quotes_is_data_as_well(address: str) -> None:
    with pytest.raises(UnreadableFile, match="no header row: its first row holds data"):
        read(f"1,Jo,{address}\n2,Di,{address}\n")


def test_an_example_in_a_columns_name_is_no_data() -> None:
    header = ["Name", "Email (e.g. jo@x.example)", "LinkedIn (like linkedin.com/in/jo)"]
    assert read(f"{','.join(header)}\nJo,jo@x.example,\n")[0] == header


def test_a_column_name_that_is_text_as_a_formula_is_unwrapped() -> None:
    text = '"=""Name""";"=""Email"""\n"=""Jo""";"=""eq1@x.example"""\n'
    assert read(text) == (["Name", "Email"], [["Jo", "eq1@x.example"]])
    assert read('="Email",="Name"\na@x.example,Jo\n')[0] == ["Email", "Name"]
