"""Spreadsheets of other kinds than .xlsx, which sheet is read, and files that only claim to be one.

data/people.xls and data/people.ods were saved by LibreOffice 7.4.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from houselist.files.reading import Options, UnreadableFile, read_table
from support.workbooks import MAIN, STRICT, STRICT_LINKS, ods, relations, row, xlsx_parts, zipped

DATA = Path(__file__).parent / "data"
PEOPLE = [
    [
        "José Müller",
        "Profile",
        "jose@a.example",
        "2024-05-01",
        "2024-05-01T13:30:05",
        "09:05:00",
        "26:03:00",
        "0.15",
        "491701234567",
        "true",
        None,
        "0.333333333333333",
    ],
    [
        "王小明",
        "https://www.linkedin.com/in/wang-2",
        "wang@b.example",
        None,
        None,
        None,
        None,
        "1",
        "7",
        "false",
        None,
        "12",
    ],
    ["Zoë", None, "Mail me", *[None] * 9],
]


def table(data, sheet=None):
    return read_table(io.BytesIO(data), "spreadsheet", Options(sheet=sheet))


def read(data, sheet=None):
    found = table(data, sheet)
    return found.columns, list(found.rows)


def ods_table(name, *rows, style=""):
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in cells
        )
        + "</table:table-row>"
        for cells in rows
    )
    return f'<table:table table:name="{name}" table:style-name="{style}">{cells}</table:table>'


def test_old_excel_is_read_as_it_looks():
    found = table((DATA / "people.xls").read_bytes())
    assert found.columns[:4] == ["Name", "Profile", "E-mail", "Since"]
    assert list(found.rows) == PEOPLE
    assert found.facts.sheet == "People"
    assert "hidden sheet 'Old people' seems to hold people" in found.facts.notes[0]


def test_opendocument_is_read_as_it_looks_and_its_links_are_followed():
    found = table((DATA / "people.ods").read_bytes())
    rows = list(found.rows)
    assert rows[0][:9] == ["José Müller", "https://www.linkedin.com/in/jose-1", *PEOPLE[0][2:9]]
    assert rows[2][:3] == ["Zoë", None, "zoe@c.example"]
    assert found.facts.sheet == "People"
    assert "hidden sheet 'Old people'" in found.facts.notes[0]


def test_cells_of_opendocument_become_text():
    def cell(attributes, *paragraphs):
        inner = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
        return f"<table:table-cell {attributes}>{inner}</table:table-cell>"

    text = 'office:value-type="string"'
    cells = [
        cell(text, "a<text:s text:c='2'/>b", "c<text:tab/><text:span>d</text:span>"),
        cell('office:value-type="float" office:value="12.0"', "12"),
        cell('office:value-type="percentage" office:value="0.15"', "15 %"),
        cell('office:value-type="boolean" office:boolean-value="true"', "WAHR"),
        cell('office:value-type="date" office:date-value="2024-05-01"', "1.5.24"),
        cell('office:value-type="date" office:date-value="2024-05-01T13:30:05.2"', "1.5.24"),
        cell('office:value-type="time" office:time-value="PT26H03M00S"', "2:03"),
        cell(text, "#N/A"),
        cell(text, "x") + "<table:covered-table-cell table:number-columns-repeated='2'/>",
        cell(text + ' table:number-columns-repeated="2"', "twice"),
        (
            f"<table:table-cell {text}><office:annotation><text:p>note</text:p></office:annotation>"
            "<text:p>y</text:p></table:table-cell>"
        ),
    ]
    head = ods_table("T", [f"c{n}" for n in range(14)]).removesuffix("</table:table>")
    data = ods(f"{head}<table:table-row>{''.join(cells)}</table:table-row></table:table>")
    assert read(data)[1] == [
        [
            "a  b\nc\td",
            "12",
            "0.15",
            "true",
            "2024-05-01",
            "2024-05-01T13:30:05",
            "26:03:00",
            None,
            "x",
            None,
            None,
            "twice",
            "twice",
            "y",
        ]
    ]


def test_repeated_rows_of_opendocument_are_rows_and_blank_ones_none():
    blank = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    same = '<table:table-row table:number-rows-repeated="3"><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    data = ods(ods_table("T", ["Email"]).replace("</table:table>", f"{same}{blank}</table:table>"))
    assert read(data) == (["Email"], [["x"]] * 3)


def test_strict_workbooks_templates_and_prefixes_are_read():
    rows = row("Name", "Email") + row("Ann", "a@x.example")
    expected = (["Name", "Email"], [["Ann", "a@x.example"]])
    assert read(zipped(xlsx_parts(rows, space=STRICT, links=STRICT_LINKS))) == expected
    parts = xlsx_parts(rows)
    part = "xl/worksheets/sheet1.xml"
    prefixed = parts[part].replace("xmlns=", "xmlns:x=").replace("<", "<x:").replace("<x:/", "</x:")
    assert MAIN in prefixed
    assert read(zipped({**parts, part: prefixed})) == expected


def test_parts_are_found_by_excels_rules_for_their_names():
    parts = xlsx_parts(row("Email") + row("a@x.example"))
    odd = {name.replace("/", "\\").upper(): content for name, content in parts.items()}
    assert read(zipped(odd)) == (["Email"], [["a@x.example"]])


def test_a_part_that_is_there_twice_is_a_refusal():
    parts = xlsx_parts(row("Email") + row("a@x.example"))
    twice = {**parts, "XL/worksheets/Sheet1.xml": parts["xl/worksheets/sheet1.xml"]}
    with pytest.raises(UnreadableFile, match="damaged"):
        read(zipped(twice))


def test_the_sheet_with_people_is_read_and_others_with_people_are_told():
    data = zipped(
        xlsx_parts(
            row("Quarter", "Total") + row("Q1", "12"),
            row("Name", "Email") + row("Ann", "a@x.example"),
            row("Person", "LinkedIn URL") + row("Bob", "https://www.linkedin.com/in/bob"),
            names=("Totals", "Ann &amp; co", "More"),
        )
    )
    found = table(data)
    assert (found.columns, found.facts.sheet) == (["Name", "Email"], "Ann & co")
    assert len(found.facts.notes) == 1
    assert "'More' seems to hold people too" in found.facts.notes[0]


@pytest.mark.parametrize("wanted", ["more", "More", " MORE ", "3"])
def test_a_sheet_is_chosen_by_name_or_number(wanted):
    sheets = [row("Email") + row(f"{n}@x.example") for n in range(3)]
    found = table(zipped(xlsx_parts(*sheets, names=("A", "2", "More"))), wanted)
    assert (found.facts.sheet, found.facts.notes) == ("More", [])
    assert list(found.rows) == [["2@x.example"]]


def test_a_name_goes_before_a_number_and_an_unknown_sheet_is_refused_with_those_there_are():
    sheets = [row("Email") + row(f"{n}@x.example") for n in range(30)]
    names = (*(f"S{n}" for n in range(29)), "1")
    data = zipped(xlsx_parts(*sheets, names=names))
    assert table(data, "1").facts.sheet == "1"
    with pytest.raises(UnreadableFile, match=r"no sheet 'S99'. It has 'S0', .* and 10 more"):
        table(data, "S99")
    for wanted in ("0", "31", "-1", "9" * 400):
        with pytest.raises(UnreadableFile, match="no sheet"):
            table(data, wanted)


def test_hidden_sheets_of_opendocument_come_last():
    style = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    tables = ods_table("Old", ["Email"], ["o@x.example"], style="ta2")
    data = ods(tables + ods_table("New", ["Email"], ["n@x.example"]), style)
    assert (table(data).facts.sheet, list(table(data).rows)) == ("New", [["n@x.example"]])
    assert list(table(data, "old").rows) == [["o@x.example"]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html><body><table><tr><td>Email", "web page with a table.*save it as .xlsx"),
        (b"<meta charset=utf-8><table><tr><td>", "web page with a table"),
        ("\ufeff<table><tr>".encode("utf-16-le"), "web page with a table"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML Spreadsheet 2003",
        ),
        (b"Name\tEmail\r\nAnn\ta@x.example\r\n", "is text, not an Excel workbook.*as CSV"),
        ("\ufeffName\tEmail\r\n".encode("utf-16-le"), "is text, not an Excel workbook"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "before Excel 97"),
        (zipped({"Index/Document.iwa": b"x"}), "Numbers"),
        (zipped({"word/document.xml": b"<w/>"}), "zip archive, but not an Excel workbook"),
        (
            zipped(
                {
                    "_rels/.rels": relations(("r", "officeDocument", "word/document.xml")),
                    "word/document.xml": "<document/>",
                }
            ),
            "Office document, but not an Excel workbook",
        ),
    ],
)
def test_what_is_called_a_workbook_and_is_none_is_refused_by_its_name(data, message):
    with pytest.raises(UnreadableFile, match=message):
        read(data)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ("EncryptedPackage", "has a password"),
        ("Book", "Excel 5 or Excel 95"),
        ("WordDocument", "Word"),
        ("Workbook", "damaged"),
    ],
)
def test_files_of_old_office_are_told_apart(stream, message):
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + stream.encode("utf-16-le")
    with pytest.raises(UnreadableFile, match=message):
        read(data + b"\0" * 1000)


def test_an_encrypted_opendocument_is_refused_as_such():
    with_key = (
        '<m:manifest xmlns:m="urn:x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    )
    with pytest.raises(UnreadableFile, match="has a password"):
        read(zipped({"content.xml": b"\x01\x02", "META-INF/manifest.xml": with_key}))


def test_a_workbook_cut_off_is_refused_in_every_kind():
    for name in ("people.xls", "people.ods"):
        whole = (DATA / name).read_bytes()
        for size in (600, len(whole) // 2, len(whole) - 30):
            with pytest.raises(UnreadableFile, match=r"damaged|password"):
                read(whole[:size])
