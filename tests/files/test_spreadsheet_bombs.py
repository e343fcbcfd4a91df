"""Small workbooks that mean harm: each ends soon and in little memory, with words or with rows.

Every file is read in a process of its own that may take 10 seconds and 400 MiB.
"""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.workbooks import ods, relations, row, xlsx_parts, zipped

READ = """
import sys
from pathlib import Path
from houselist.files.reading import BadRow, UnreadableFile, read_table
try:
    table = read_table(open(sys.argv[1], "rb"), "spreadsheet")
    rows = bad = 0
    for found in table.rows:
        rows += 1
        bad += isinstance(found, BadRow)
    print(f"{rows} rows, {bad} bad")
except UnreadableFile as error:
    print(error)
"""
HEAD = row("Name", "Email")
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
)
PART = "xl/worksheets/sheet1.xml"


def sheet(inner, **parts):
    return zipped(xlsx_parts(inner, **parts))


def shared(text, cells, rows):
    cell = '<c t="s"><v>1</v></c>'
    texts = f"<si><t>Email</t></si><si><t>{text}</t></si>"
    body = f"<row>{cell * cells}</row>" * rows
    return sheet('<row><c t="s"><v>0</v></c></row>' + body, strings=texts)


def laughing(name):
    parts = xlsx_parts(HEAD, strings="", styles="")
    return zipped({**parts, name: LAUGHS + parts[name]})


def linking():
    links = '<hyperlink ref="A1:XFD1048576" r:id="r"/>' * 100
    parts = xlsx_parts(f"<sheetData>{HEAD}</sheetData><hyperlinks>{links}</hyperlinks>")
    rels = relations(("r", "hyperlink", "https://www.linkedin.com/in/ann"))
    return zipped({**parts, "xl/worksheets/_rels/sheet1.xml.rels": rels})


def lying():
    """The size that the directory declares is a lie."""
    data = bytearray(sheet(HEAD + "<row/>" * 1_000_000))
    entry = data.rindex(PART.encode()) - 46
    data[entry + 24 : entry + 28] = (2_000).to_bytes(4, "little")
    return bytes(data)


def repeated(rows, columns, text):
    cell = 'office:value-type="string"' if text else ""
    return ods(
        '<table:table table:name="T"><table:table-row><table:table-cell '
        'office:value-type="string"><text:p>Email</text:p></table:table-cell></table:table-row>'
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell {cell} '
        f'table:number-columns-repeated="{columns}"><text:p>{text}</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )


BOMBS = {
    "two far corners": (
        lambda: sheet(
            '<row><c r="A1" t="str"><v>Email</v></c></row><row r="1048576">'
            '<c r="XFD1048576" t="str"><v>x</v></c></row>'
        ),
        "1 rows, 1 bad",
    ),
    "beyond the last column": (
        lambda: sheet(HEAD + '<row><c r="ZZZ1" t="str"><v>x</v></c></row>'),
        "after column 16,384",
    ),
    "no column at all": (lambda: sheet(HEAD + f'<row><c r="{"A" * 9000}1"/></row>'), "damaged"),
    "rows of far cells": (
        lambda: sheet(HEAD + '<row><c r="XFD1" t="str"><v>x</v></c></row>' * 50_000),
        "50000 rows, 50000 bad",
    ),
    "beyond the last row": (lambda: sheet(HEAD + "<row/>" * 1_100_000), "more than 1,048,576 rows"),
    "a text of a megabyte in every row": (
        lambda: shared("x" * 1_000_000, 1, 30_000),
        "30000 rows, 30000 bad",
    ),
    "a long text in every cell": (lambda: shared("x" * 99_000, 400, 500), "500 rows, 500 bad"),
    "a tree": (lambda: sheet("<a>" * 3_000_000 + "</a>" * 3_000_000), "damaged"),
    "a tree in a cell": (lambda: sheet(HEAD + "<row><c>" + "<is>" * 3_000_000), "damaged"),
    "a tree of styles": (lambda: sheet(HEAD, styles="<a>" * 3_000_000), "damaged"),
    "a tree of texts": (lambda: sheet(HEAD, strings="<si>" * 3_000_000), "damaged|0 rows"),
    "cells without end": (lambda: sheet(HEAD + "<row>" + "<c/>" * 9_000_000), "too large .*a row"),
    "elements without end": (
        lambda: sheet("<a/>" * 2_000_000 + f"<sheetData>{HEAD}</sheetData>"),
        "0 rows, 0 bad",
    ),
    "names without end": (
        lambda: sheet("".join(f"<a{n}/>" for n in range(300_000))),
        "too large .*a tag",
    ),
    "attributes without end": (
        lambda: sheet("".join(f"<c a{n}=''/>" for n in range(300_000))),
        "too large .*a tag",
    ),
    "an attribute of 50 MB": (lambda: sheet(f'<row r="{"1" * 50_000_000}"/>'), "too large .*a tag"),
    "a comment of 50 MB": (lambda: sheet(f"<!--{'x' * 50_000_000}-->"), "too large .*a tag"),
    "a cell of 50 MB": (lambda: sheet(HEAD + row("x" * 50_000_000)), "1 rows, 1 bad"),
    "escapes without end": (lambda: sheet(HEAD + row("_x0041_" * 1_000_000)), "1 rows, 1 bad"),
    "a number of 5 MB": (
        lambda: sheet(HEAD + f"<row><c><v>{'9' * 5_000_000}</v></c></row>"),
        "1 rows, 1 bad",
    ),
    "a format of 1 MB": (
        lambda: sheet(
            HEAD + '<row><c s="0"><v>1</v></c></row>',
            styles="<numFmts><numFmt "
            f'numFmtId="200" formatCode="{"[" * 900_000}"/></numFmts>'
            '<cellXfs><xf numFmtId="200"/></cellXfs>',
        ),
        "1 rows, 0 bad",
    ),
    "entities in a sheet": (lambda: laughing(PART), "XML declarations"),
    "entities in the workbook": (lambda: laughing("xl/workbook.xml"), "XML declarations"),
    "entities in the relations": (lambda: laughing("_rels/.rels"), "XML declarations"),
    "entities in styles": (lambda: laughing("xl/styles.xml"), "XML declarations"),
    "entities in texts": (lambda: laughing("xl/sharedStrings.xml"), "XML declarations"),
    "links of all cells": (linking, "too large .*its links"),
    "a size that is a lie": (lying, "damaged"),
    "sheets without end": (lambda: zipped(xlsx_parts(*[HEAD] * 1_001)), "more than 1,000 sheets"),
    "packed a thousandfold": (lambda: sheet("<a/>" * 20_000_000), "too large .*its content"),
    "blank cells repeated": (lambda: repeated(1_048_575, 16_384, ""), "0 rows, 0 bad"),
    "cells repeated": (lambda: repeated(20_000, 16_384, "x" * 99_000), "20000 rows, 20000 bad"),
    "cells repeated beyond the end": (lambda: repeated(1, 999_999_999, "x"), "after column"),
    "rows repeated beyond the end": (lambda: repeated(999_999_999, 1, "x"), "1,048,576 rows"),
    "spaces repeated": (
        lambda: repeated(1, 1, '<text:s text:c="999999999"/>y' * 1_000),
        "1 rows, 1 bad",
    ),
}


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (10, 10))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_soon_and_in_little_memory(name, tmp_path):
    make, expected = BOMBS[name]
    path = tmp_path / "bomb"
    path.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limits,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert re.search(expected, done.stdout), done.stdout


def test_a_far_cell_of_old_excel_ends_the_process_and_nothing_else(tmp_path):
    """The library that reads .xls aborts where memory ends; the process around it tells so."""
    data = bytearray((Path(__file__).parent / "data" / "people.xls").read_bytes())
    start = data.index(b"\xfd\x00\x0a\x00")  # a cell with a shared text: row, column, style, text
    while (following := data.find(b"\xfd\x00\x0a\x00", start + 14, start + 4_000)) > 0:
        start = following
    data[start + 4 : start + 8] = b"\xff\xff\xff\xff"
    path = tmp_path / "far.xls"
    path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limits,
    )
    assert done.returncode == -signal.SIGABRT or "damaged" in done.stdout
