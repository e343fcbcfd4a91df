"""What the sender says of the encoding, and what speaks for or against it in the file."""

from __future__ import annotations

import codecs
import io

import pytest

from houselist.files.reading import BadRow, Options, UnreadableFile, read_table


def read(data, encoding=None, form="csv"):
    table = read_table(io.BytesIO(data), form, Options(encoding=encoding))
    return list(table.rows), table.facts.encoding


@pytest.mark.parametrize(
    ("text", "stated", "codec", "name"),
    [
        ("Žluťoučký kůň", "windows-1250", "cp1250", "windows-1250"),
        ("Muñoz", "latin1", "cp1252", "windows-1252"),
        ("Böhm", "macintosh", "mac_roman", "macintosh"),
        ("Strauß", "cp437", "cp437", "ibm437"),
        ("Yiğit", "iso-8859-9", "cp1254", "windows-1254"),
        ("5 €", "iso-8859-15", "iso8859_15", "iso-8859-15"),
        ("王偉", "gbk", "gb18030", "gb18030"),
        ("〇①㈱", "shift_jis", "cp932", "shift_jis"),
        ("똠방각하", "euc-kr", "cp949", "euc-kr"),
        ("着", "big5", "big5hkscs", "big5"),
        ("山田", "iso-2022-jp", "iso2022_jp", "iso-2022-jp"),
        ("Иван", "utf-16", "utf-16-le", "utf-16le"),
        ("Zoë", "utf-8", "utf-8", "utf-8"),
    ],
)
def test_what_the_sender_says_is_how_it_is_read(text, stated, codec, name):
    assert read(f"name\n{text}\n".encode(codec), stated) == ([[text]], name)
    line = f'{{"name": "{text}"}}\n'
    assert read(line.encode(codec), stated, "ndjson") == ([[text]], name)


def test_ascii_is_in_the_encoding_that_was_stated():
    assert read(b"name\nAnn\n", "windows-1250") == ([["Ann"]], "windows-1250")
    assert read(b"name\nAnn\n") == ([["Ann"]], "utf-8")


@pytest.mark.parametrize("stated", ["windows-1252", "shift_jis", "us-ascii", "utf-16be"])
def test_a_mark_counts_for_more_than_what_the_sender_says(stated):
    assert read(codecs.BOM_UTF8 + "name\nZoë\n".encode(), stated) == ([["Zoë"]], "utf-8")
    data = codecs.BOM_UTF16_LE + "name\nZoë\n".encode("utf-16-le")
    assert read(data, stated) == ([["Zoë"]], "utf-16le")


def test_us_ascii_is_no_statement():
    assert read("name\nJörg Müller\n".encode("cp1252"), "us-ascii")[1] == "windows-1252"


@pytest.mark.parametrize(
    ("data", "stated"),
    [
        ("name\nZoë,José\n".encode(), "iso-8859-1"),
        ("name\nЖанна Иванова\n".encode(), "windows-1251"),
        ("name\n山田太郎\n".encode(), "shift_jis"),
        ("name\nMüller\n".encode("cp1252"), "utf-8"),
        ("name\nMüller\n".encode("cp1252"), "shift_jis"),
        ("name\nŠpela\n".encode("cp1250"), "iso-8859-2"),
        ("name\nMüller\n".encode("utf-16-le"), "windows-1252"),
        (b"name\nAnn\n", "utf-16"),
    ],
)
def test_a_statement_that_the_bytes_contradict_is_refused(data, stated):
    with pytest.raises(UnreadableFile, match=r"is said to be .*, but its bytes are"):
        read(data, stated)


def test_a_damaged_row_does_not_contradict_the_statement():
    names = ["Žaneta", "Jiří", "Zdeněk"] * 10
    data = "name\n" + "".join(f"{name}\n" for name in names)
    rows, _ = read(data.encode("cp1250") + b"Ji\x81\n", "windows-1250")
    assert rows == [[name] for name in names] + [BadRow("Ji\ufffd", "not valid windows-1250")]
    rows, _ = read(b"name\n" + "Zoë\n".encode() * 3 + b"Jos\xe9\n", "utf-8")
    assert rows[3] == BadRow("Jos\ufffd", "not valid UTF-8")


def test_an_unknown_label_is_refused_before_anything_is_read():
    with pytest.raises(UnreadableFile, match="'klingon' is unknown"):
        read(b"name\nAnn\n", "klingon")
