"""What cells link to: the address behind a label, where it tells who somebody is."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

import pytest

from houselist.files.reading import UnreadableFile, read_table
from houselist.files.spreadsheets.links import formula_target, useful_target
from support.workbooks import relations, row, xlsx_parts, zipped

ANN, BOB = "https://www.linkedin.com/in/ann", "https://www.linkedin.com/in/bob"


def read(rows, *links, **parts):
    """Links are (cells, target)."""
    listed = "".join(f'<hyperlink ref="{ref}" r:id="r{n}"/>' for n, (ref, _) in enumerate(links))
    made = xlsx_parts(f"<sheetData>{rows}</sheetData><hyperlinks>{listed}</hyperlinks>", **parts)
    made["xl/worksheets/_rels/sheet1.xml.rels"] = relations(
        *[(f"r{n}", "hyperlink", target) for n, (_, target) in enumerate(links)]
    )
    table = read_table(io.BytesIO(zipped(made)), "spreadsheet")
    return table.columns, list(table.rows)


def test_an_address_takes_the_place_of_a_label():
    rows = (
        row("Name", "Profile", "E-mail") + row("Ann", "View", "Mail") + row("Bob", "View", "Mail")
    )
    links = [("B2", ANN), ("B3", BOB), ("C2", "mailto:ann@x.example?subject=Hi")]
    assert read(rows, *links) == (
        ["Name", "Profile", "E-mail"],
        [["Ann", ANN, "ann@x.example"], ["Bob", BOB, "Mail"]],
    )


def test_names_stay_and_the_addresses_behind_them_make_a_column():
    rows = row("Name", "Name (link)", "Age") + row("Ann", "x", "1") + row("Bob", "y", "2")
    assert read(rows, ("A2", ANN)) == (
        ["Name", "Name (link)", "Age", "Name (link 2)"],
        [["Ann", "x", "1", ANN], ["Bob", "y", "2", None]],
    )


def test_labels_that_differ_are_data_under_a_header_that_nobody_knows():
    rows = row("Who", "Age") + "".join(row(f"P{n}", "1") for n in range(5))
    columns, found = read(rows, *[(f"A{n}", f"{ANN}-{n}") for n in range(2, 7)])
    assert columns == ["Who", "Age", "Who (link)"]
    assert found[0] == ["P0", "1", f"{ANN}-2"]


def test_a_cell_that_is_an_address_itself_stays():
    rows = row("LinkedIn", "Email") + row(BOB, "bob@x.example")
    assert read(rows, ("A2", ANN), ("B2", "mailto:ann@x.example"))[1] == [[BOB, "bob@x.example"]]


def test_links_of_several_cells_and_links_to_elsewhere():
    rows = row("Profile", "Company") + row("View", "ACME") + row("View", "ACME")
    links = [("A2:A3", ANN), ("B2", "https://www.linkedin.com/company/acme"), ("B3", "file:///x")]
    assert read(rows, *links)[1] == [[ANN, "ACME"], [ANN, "ACME"]]


def test_formulas_that_link():
    formula = f'<row><c t="str"><f>HYPERLINK("{ANN}","Profile")</f><v>Profile</v></c></row>'
    assert read(row("LinkedIn") + formula) == (["LinkedIn"], [[ANN]])


def unsaved(*formulas):
    """A row of formulas without results, as openpyxl writes it."""
    cells = "".join(f"<c><f>{escape(formula)}</f><v/></c>" for formula in formulas)
    return f"<row>{cells}</row>"


def read_table_of(rows):
    return read_table(io.BytesIO(zipped(xlsx_parts(rows))), "spreadsheet")


def test_formulas_without_a_stored_result_give_their_address_or_their_text():
    rows = row("Name", "Email", "LinkedIn", "Site") + unsaved(
        '"Jo ""J"" Ek"',
        'HYPERLINK("mailto:jo@x.example","mail")',
        f'HYPERLINK("{ANN}")',
        'HYPERLINK("https://x.example","Acme")',
    )
    table = read_table_of(rows)
    assert list(table.rows) == [['Jo "J" Ek', "jo@x.example", ANN, "Acme"]]
    assert table.facts.notes == []


def test_other_formulas_without_a_stored_result_are_null_and_told():
    rows = row("Name", "Email") + row("Jo", "jo@x.example")
    stored = '<row><c t="str"><f>A1</f><v/></c><c><f>A1</f><v>7</v></c></row>'
    table = read_table_of(rows + stored + unsaved('CONCATENATE("A","B")', "A1&amp;B1") * 2)
    assert list(table.rows) == [["Jo", "jo@x.example"], [None, "7"]]
    assert len(table.facts.notes) == 1
    assert "4 cells hold formulas without a stored result" in table.facts.notes[0]
    assert read_table_of(rows + stored).facts.notes == []


def test_a_sheet_of_such_formulas_alone_is_refused_by_that_name():
    with pytest.raises(UnreadableFile, match="only formulas without stored results"):
        read_table_of(unsaved("A1", "B1") * 3)


@pytest.mark.parametrize(
    ("formula", "target"),
    [
        (f'HYPERLINK("{ANN}","x")', ANN),
        (f'=hyperlink( "{ANN}" )', ANN),
        (f'of:=HYPERLINK("{ANN}";"x")', ANN),
        ('HYPERLINK("mailto:a@x.example")', "a@x.example"),
        ('HYPERLINK(B2,"x")', None),
        (f'IF(A1,HYPERLINK("{ANN}","x"))', None),
        (f'HYPERLINK("{ANN}"&B2,"x")', None),
        ('HYPERLINK("' + "x" * 100_000, None),
    ],
)
def test_only_a_formula_that_says_its_address_is_followed(formula, target):
    assert formula_target(formula) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        "https://x.example/ann",
        "javascript:alert(1)",
        "mailto:",
        "mailto:?to=a@x.example",
        "mailto:a@x.example,b@x.example",
        ANN + "x" * 3_000,
        "https://www.linkedin.com/company/acme",
    ],
)
def test_other_links_are_none_of_ours(target):
    assert useful_target(target) is None
