"""Cells of .xlsx as the programs that write it do, and what they become."""

from __future__ import annotations

import io

import pytest

from houselist.files.reading import BadRow, UnreadableFile, read_table
from houselist.files.spreadsheets.values import format_kind
from support.workbooks import row, text, xlsx_parts, zipped

STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[$-407]d\\. mmm yy;@"/>'
    '<numFmt numFmtId="165" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="166" formatCode="0.0&quot; days&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    "<cellXfs>"
    + "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 164, 165, 166, 22))
    + "</cellXfs>"
)


def cells_of(*cells, **parts):
    """The cells of one row below a header that is wide enough."""
    head = row(*[f"c{n}" for n in range(len(cells))])
    data = zipped(xlsx_parts(f"{head}<row>{''.join(cells)}</row>", **parts))
    (found,) = read_table(io.BytesIO(data), "spreadsheet").rows
    return found


def number(value, style=0, kind="n"):
    return f'<c s="{style}" t="{kind}"><v>{value}</v></c>'


def test_numbers_keep_fifteen_digits_and_lose_nothing_else():
    values = [
        "491701234567",
        "12.0",
        "0.30000000000000004",
        "1E+20",
        "-7",
        "123456789012345678",
        "1e999",
    ]
    assert cells_of(*map(number, values)) == [
        "491701234567",
        "12",
        "0.3",
        "1e+20",
        "-7",
        "123456789012345678",
        None,
    ]


def test_dates_follow_the_format_of_their_cell():
    cells = [
        number("45413", 1),
        number("45413.5625578703", 2),
        number("0.378472222", 5),
        number("1.08541666666667", 3),
        number("3.5", 4),
        number("45413", 99),
        number("-1", 1),
        number("59", 1),
        number("61", 1),
        number("99999999", 1),
    ]
    assert cells_of(*cells, styles=STYLES) == [
        "2024-05-01",
        "2024-05-01T13:30:05",
        "09:05:00",
        "26:03:00",
        "3.5",
        "45413",
        "-1",
        "1900-02-28",
        "1900-03-01",
        "99999999",
    ]


def test_workbooks_of_the_mac_count_from_1904():
    cells = [number("43951", 1), number("x", 1)]
    found = cells_of(*cells, styles=STYLES, properties='<workbookPr date1904="1"/>')
    assert found == ["2024-05-01", "x"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", ""),
        ('0" Days"', ""),
        ("[Red]0.00", ""),
        ("0.00E+00", ""),
        ("\\d0", ""),
        ("_d0", ""),
        ("yyyy-mm-dd", "date"),
        ("[$-F800]dddd", "date"),
        ("[mm]:ss", "elapsed"),
        ("h:mm AM/PM", "date"),
        ("d" * 300, ""),
    ],
)
def test_which_formats_are_dates(code, kind):
    assert format_kind(200, {200: code}) == kind


def test_dates_that_are_written_out():
    values = ["2024-05-01", "2024-05-01T00:00:00", "2024-05-01T13:30:05.250", "13:30:05", "soon"]
    assert cells_of(*[number(value, kind="d") for value in values]) == [
        "2024-05-01",
        "2024-05-01",
        "2024-05-01T13:30:05",
        "13:30:05",
        "soon",
    ]


def test_booleans_errors_and_formulas():
    cells = [
        number(1, kind="b"),
        number(0, kind="b"),
        number("#N/A", kind="e"),
        text("#REF!"),
        '<c t="str"><f>A1&amp;B1</f><v>joined</v></c>',
        "<c><f>1+1</f></c>",
    ]
    assert cells_of(*cells, text("z")) == [
        "true",
        "false",
        None,
        # Somebody wrote it, as an export does; whether it stands for nothing is decided later.
        "#REF!",
        "joined",
        None,
        "z",
    ]


def test_escapes_of_characters_are_read():
    assert cells_of(
        text("one_x000D_\ntwo"),
        text("E_x0041_"),
        text("_x005F_x000D_"),
        text("_xD83D__xDE00_"),
        text("_x0000_ a _xD83D_"),
    ) == ["one\ntwo", "EA", "_x000D_", "😀", "a \ufffd"]


def test_texts_of_several_formats_are_whole_and_phonetic_guides_left_out():
    rich = (
        "<r><rPr><b/></rPr><t>山</t></r><r><t xml:space='preserve'> 田</t></r>"
        "<rPh sb='0' eb='1'><t>ヤマダ</t></rPh><phoneticPr fontId='1'/>"
    )
    cells = [f'<c t="inlineStr"><is>{rich}</is></c>', '<c t="s"><v>0</v></c>']
    assert cells_of(*cells, strings=f"<si>{rich}</si>") == ["山 田", "山 田"]


def test_a_text_number_that_does_not_exist_is_damage():
    for wrong in ("7", "-1", "x", "1.5"):
        try:
            found = cells_of(number(wrong, kind="s"), text("y"), strings="<si><t>a</t></si>")
        except UnreadableFile:
            continue
        assert found == [None, "y"]


def test_cells_stand_where_they_say_and_rows_need_not():
    rows = row("a", "b", "c") + '<row r="9"><c r="c9" t="str"><v>3</v></c></row>'
    rows += '<row><c t="str"><v>1</v></c><c r="C7" t="str"><v>3</v></c></row>'
    found = read_table(io.BytesIO(zipped(xlsx_parts(rows))), "spreadsheet")
    assert list(found.rows) == [[None, None, "3"], ["1", None, "3"]]


def test_formatted_blank_cells_to_the_last_column_are_no_cells():
    rows = row("Email") + '<row><c t="str"><v>a</v></c><c r="XFD2" s="0"/></row>'
    assert list(read_table(io.BytesIO(zipped(xlsx_parts(rows))), "spreadsheet").rows) == [["a"]]


def test_a_cell_and_a_row_that_are_too_long_are_told_and_the_others_kept():
    head = row(*[f"c{n}" for n in range(12)])
    rows = head + row("x" * 100_001) + row(*["y" * 99_000] * 11) + row("ok")
    found = list(read_table(io.BytesIO(zipped(xlsx_parts(rows))), "spreadsheet").rows)
    assert found[:2] == [
        BadRow("x" * 2_000, "a cell is longer than 100,000 characters"),
        BadRow("y" * 2_000, "the row is longer than 1,048,576 characters"),
    ]
    assert found[2] == ["ok", *[None] * 11]


def test_a_header_beyond_the_limit_is_refused_with_its_true_width():
    wide = '<row><c t="str"><v>Email</v></c><c r="XFD1" t="str"><v>x</v></c></row>'
    with pytest.raises(UnreadableFile, match="16,384 columns; 500 are allowed"):
        read_table(io.BytesIO(zipped(xlsx_parts(wide))), "spreadsheet")
