"""Excel workbooks as Excel and others write them, and archives that are none or mean harm."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import pytest
from openpyxl import Workbook

from houselist.files.reading import BadRow, UnreadableFile, read_table
from houselist.files.spreadsheets import package, sheet, xlsx


class Pipe:
    """Read once, front to back; it has no seek."""

    def __init__(self, data):
        self._stream = io.BytesIO(data)

    def read(self, size):
        return self._stream.read(min(size, 1000))


def workbook(*sheets):
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"S{number}")
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(data, name, change):
    """The workbook with one part changed (or left out when the change gives None)."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            content = old.read(part)
            if re.fullmatch(name, part.filename):
                content = change(content)
            if content is not None:
                new.writestr(part.filename, content)
    return buffer.getvalue()


def with_shared_strings(*strings):
    """A workbook of one column as Excel writes it: texts in a part of their own."""
    cells = "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(len(strings)))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    texts = "".join(f"<si><t>{text}</t></si>" for text in strings)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'.encode()
    data = repacked(workbook([["x"]]), "xl/worksheets/sheet1.xml", lambda _: sheet.encode())
    data = repacked(data, r"\[Content_Types\].xml", lambda xml: xml.replace(b"</Types>", override))
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}">{texts}</sst>')
    return buffer.getvalue()


def read(data):
    table = read_table(Pipe(data), "spreadsheet")
    return table.columns, list(table.rows)


def test_cells_become_text():
    data = workbook(
        [
            ["text", "int", "float", "whole", "bool", "day", "moment", "time", "error"],
            [
                " José ",
                7,
                0.1 + 0.2,
                12.0,
                True,
                dt.date(2024, 5, 1),
                dt.datetime.fromisoformat("2024-05-01T13:30:05"),
                dt.time(9, 5),
                "#N/A",
            ],
        ]
    )
    columns, rows = read(data)
    assert columns[:3] == ["text", "int", "float"]
    assert rows == [
        ["José", "7", "0.3", "12", "true", "2024-05-01", "2024-05-01T13:30:05", "09:05:00", None]
    ]


def test_phone_numbers_keep_their_digits():
    assert read(workbook([["phone", "x"], [491701234567, 1e20]]))[1] == [["491701234567", "1e+20"]]


def test_shared_strings_are_looked_up():
    assert read(with_shared_strings("Name", "José", "王")) == (["Name"], [["José"], ["王"]])


def test_formulas_give_their_cached_value():
    data = repacked(
        workbook([["a", "b"], ["x", "=1+1"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb"<f>1\+1</f><v\s*/>|<f>1\+1</f><v></v>", b"<f>1+1</f><v>2</v>", xml),
    )
    assert read(data)[1] == [["x", "2"]]
    assert read(workbook([["a", "b"], ["x", "=1+1"]]))[1] == [["x", None]]


def test_the_first_sheet_with_rows_is_read_and_hidden_ones_last():
    book = Workbook()
    book.active.append(["hidden", "b"])
    book.active.append([1, 2])
    book.create_sheet("empty")
    book.create_chartsheet("chart")
    full = book.create_sheet("full")
    full.append(["name", "email"])
    full.append(["Ann", None])
    book.active.sheet_state = "hidden"
    assert read(saved(book)) == (["name", "email"], [["Ann", None]])


def test_blank_rows_are_none_short_rows_are_padded_and_surplus_cells_told():
    columns, rows = read(
        workbook([[None], ["a", None, "a", None], [], ["1"], [" ", None], ["1", "2", "3", "4"]])
    )
    assert columns == ["a", "column 2", "a (2)"]
    assert rows == [
        ["1", None, None],
        BadRow("1\t2\t3\t4", "4 cells, but the header has 3 columns"),
    ]


def test_a_title_above_the_header_is_no_header():
    columns, rows = read(workbook([["Leads of May"], [], ["First Name", "E-mail"], ["Ann", "x"]]))
    assert (columns, rows) == (["First Name", "E-mail"], [["Ann", "x"]])


def test_a_list_of_urls_without_header():
    url = "https://www.linkedin.com/in/ann"
    assert read(workbook([[url], [url]])) == (["linkedinUrl"], [[url], [url]])


def test_a_wrong_declared_extent_hides_no_cells():
    data = repacked(
        workbook([["a", "b"], ["1", "2"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1"', xml),
    )
    assert read(data) == (["a", "b"], [["1", "2"]])


def test_many_rows_come_in_order():
    rows = read(workbook([["n", "x"], *([n, "y"] for n in range(3000))]))[1]
    assert rows == [[str(n), "y"] for n in range(3000)]


@pytest.mark.parametrize("sheets", [[[]], [[], [[None, " "]]]])
def test_a_workbook_without_rows_is_refused(sheets):
    with pytest.raises(UnreadableFile, match="no header row"):
        read(workbook(*sheets))


def test_a_workbook_of_charts_alone_is_refused():
    book = Workbook()
    book.create_chartsheet("chart")
    book.remove(book.active)
    book.active = 0
    with pytest.raises(UnreadableFile, match="no sheet"):
        read(saved(book))


def test_too_many_columns_are_refused():
    with pytest.raises(UnreadableFile, match="501 columns"):
        read(workbook([[f"c{n}" for n in range(501)]]))


def test_a_file_cut_off_or_damaged_is_refused():
    data = workbook([["a", "b"], *([n, "y"] for n in range(3000))])
    for broken in (data[: len(data) // 2], data[:-30], data[:2000] + b"\0" * 500 + data[2500:]):
        with pytest.raises(UnreadableFile, match=r"damaged|zip"):
            read(broken)


def test_rows_before_the_damage_are_given_then_the_refusal():
    data = repacked(
        workbook([["a", "b"], *([n, "y"] for n in range(3000))]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml[: len(xml) // 2],
    )
    table = read_table(Pipe(data), "spreadsheet")
    assert next(table.rows) == ["0", "y"]
    with pytest.raises(UnreadableFile, match="damaged"):
        list(table.rows)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/styles.xml", r"\[Content_Types\].xml", "xl/sharedStrings.xml"]
)
@pytest.mark.parametrize("change", [lambda _: None, lambda _: b"<broken", lambda _: b"<x/>"])
def test_a_missing_or_broken_part_is_never_a_crash(part, change):
    data = repacked(with_shared_strings("a", "1", "2"), part, change)
    try:
        rows = read(data)[1]
    except UnreadableFile:
        return
    assert rows == [["1"], ["2"]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"name,email\nAnn,x\n", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "with a password"),
        (b"%PDF-1.4", "a PDF"),
        (b"<html><table>", "a web page"),
        (b"", "empty"),
        (b"PK\x03\x04", "damaged"),
    ],
)
def test_other_formats_are_refused(data, message):
    with pytest.raises(UnreadableFile, match=message):
        read(data)


def test_a_zip_that_is_no_workbook_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("people.csv", "name,email\n")
    with pytest.raises(UnreadableFile, match="not an Excel workbook"):
        read(buffer.getvalue())


@pytest.mark.parametrize(
    ("limit", "value", "what"),
    [
        ("_MAX_UNPACKED", 3_000, "its content"),
        ("_MAX_STRINGS", 50, "xl/sharedStrings.xml"),
        ("_MAX_PART", 600, "xl/styles.xml|its parts|_rels"),
        ("_MAX_DIRECTORY", 100, "its parts"),
    ],
)
def test_what_unpacks_to_too_much_is_refused(monkeypatch, limit, value, what):
    monkeypatch.setattr(xlsx if limit == "_MAX_STRINGS" else package, limit, value)
    with pytest.raises(UnreadableFile, match=f"too large when unpacked .*({what})"):
        read(with_shared_strings("name", "Ann", "some words"))


def test_a_bomb_of_shared_strings_is_refused_by_its_declared_size(monkeypatch):
    monkeypatch.setattr(package, "_RATIO_MATTERS", 8 << 30)
    data = bytearray(with_shared_strings("name"))
    entry = data.rindex(b"xl/sharedStrings.xml") - 46  # its record in the zip directory
    data[entry + 24 : entry + 28] = (600 * 1024 * 1024).to_bytes(4, "little")
    with pytest.raises(UnreadableFile, match="sharedStrings"):
        read(bytes(data))


def test_a_row_number_beyond_excels_limit_ends_the_reading(monkeypatch):
    monkeypatch.setattr(sheet, "MAX_ROWS", 1000)
    data = repacked(
        workbook([["a", "b"], ["1", "2"]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999999"'),
    )
    with pytest.raises(UnreadableFile, match="more than 1,000 rows"):
        read(data)
