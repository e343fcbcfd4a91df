"""Uploaded files in the encodings people save them in, whole, split anywhere, and damaged."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houselist.files.reading import BadRow, UnreadableFile, read_table

TEXT = "Vorname,Ort\nJosé,Köln\n王,北京\n😀,x\n"
ROWS = [["José", "Köln"], ["王", "北京"], ["😀", "x"]]


class Trickle(io.RawIOBase):
    """A pipe that gives a few bytes at a time and can't seek."""

    def __init__(self, data, size=1):
        self._data, self._size, self._at = data, size, 0

    def readable(self):
        return True

    def read(self, size=-1):
        count = self._size if size < 0 else min(size, self._size)
        part = self._data[self._at : self._at + count]
        self._at += len(part)
        return part


def read(data):
    table = read_table(io.BytesIO(data), "csv")
    return table.columns, list(table.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_with_and_without_mark_reads_the_same(encoding):
    assert read(TEXT.encode(encoding)) == (["Vorname", "Ort"], ROWS)


def test_utf_16_big_endian_with_mark():
    assert read(b"\xfe\xff" + TEXT.encode("utf-16-be"))[1] == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_characters_split_between_reads_stay_whole(encoding):
    table = read_table(Trickle(TEXT.encode(encoding)), "csv")
    assert list(table.rows) == ROWS


def test_characters_split_between_blocks_stay_whole():
    for shift in range(5):
        rows = [["x" * shift + "é😀" * 40, "王"]] * 4000
        data = "a,b\n" + "".join(f"{a},{b}\n" for a, b in rows)
        assert read(data.encode())[1] == rows
        assert read(data.encode("utf-16"))[1] == rows


def test_windows_1252_is_known_by_bytes_that_are_no_utf_8():
    columns, rows = read("Prénom,Preis\nZoë,„5 €“\nWeiß,–\n".encode("cp1252"))
    assert columns == ["Prénom", "Preis"]
    assert rows == [["Zoë", "„5 €“"], ["Weiß", "–"]]


def test_windows_1252_may_show_only_megabytes_later():
    data = b"name,city\n" + b"Bob,Bonn\n" * 100_000 + "René,Köln\n".encode("cp1252")
    rows = read(data)[1]
    assert len(rows) == 100_001
    assert rows[-1] == ["René", "Köln"]


def test_the_five_undefined_bytes_of_windows_1252_are_kept_as_browsers_do():
    assert read(b"name\nJos\xe9 \x81\x8d\x8f\x90\x9d.\n")[1] == [["José \x81\x8d\x8f\x90\x9d."]]


def test_a_row_that_is_not_utf_8_among_rows_that_are_is_the_only_bad_one():
    data = "name,city\nZoë,Köln\nBob,K\xf6ln\nJosé,Bonn\n".encode().replace(
        "K\xf6ln\nJ".encode(), b"K\xf6ln\nJ"
    )
    rows = read(data)[1]
    assert rows == [["Zoë", "Köln"], BadRow("Bob,K\ufffdln", "not valid UTF-8"), ["José", "Bonn"]]


def test_one_bad_row_before_many_good_ones_does_not_garble_them():
    data = b"name\nJos\xe9\n" + "Zoë\n".encode() * 3
    assert read(data)[1] == [BadRow("Jos\ufffd", "not valid UTF-8"), ["Zoë"], ["Zoë"], ["Zoë"]]


def test_a_byte_order_mark_rules_windows_1252_out():
    rows = read(b"\xef\xbb\xbfname,x\nBob,1\nJos\xe9,2\n")[1]
    assert rows == [["Bob", "1"], BadRow("Jos\ufffd,2", "not valid UTF-8")]


@pytest.mark.parametrize("name", ["José", "Łuka€", "Zoé😀"])
def test_a_file_cut_in_the_middle_of_a_character_has_a_bad_last_row(name):
    data = f"name\nAnn\n{name}".encode()[:-1]
    rows = read(data)[1]
    assert rows[0] == ["Ann"]
    assert isinstance(rows[1], BadRow)
    assert rows[1].reason == "not valid UTF-8"


@pytest.mark.parametrize("name", ["René", "Weiß", "Nicolò"])
def test_windows_1252_that_ends_with_its_only_accent(name):
    assert read(f"name\nAnn\n{name}".encode("cp1252"))[1] == [["Ann"], [name]]


def test_utf_16_cut_off_and_with_half_a_pair():
    assert read("name,x\nBob,1".encode("utf-16")[:-1])[1] == [
        BadRow("Bob,\ufffd", "not valid UTF-16")
    ]
    data = "name,x\nB\ud800b,1\nAnn,2\n".encode("utf-16-le", "surrogatepass")
    assert read(data)[1] == [BadRow("B\ufffdb,1", "not valid UTF-16"), ["Ann", "2"]]


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_refused_by_name(encoding):
    with pytest.raises(UnreadableFile, match="UTF-32"):
        read(TEXT.encode(encoding))


def test_a_header_that_is_not_utf_8_is_refused():
    with pytest.raises(UnreadableFile, match="header row is not valid UTF-8"):
        read(b"\xef\xbb\xbfname,Pr\xe9nom\nBob,1\n")


def test_nul_characters_are_dropped():
    assert read(b"na\0me,x\nB\0ob,1\n" + b"Ann,2\n" * 9)[1][0] == ["Bob", "1"]


def test_binary_is_refused():
    with pytest.raises(UnreadableFile, match="not text"):
        read(bytes(range(256)) * 100)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n\n", b"  \r\n \n"])
def test_nothing_is_refused_as_empty(data):
    with pytest.raises(UnreadableFile, match="empty"):
        read(data)


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.7 ", "a PDF"),
        (b"PK\x03\x04....", "zip archive or an Excel file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\xef\xbb\xbf\n <!DOCTYPE html><p>", "a web page"),
        (b'<?xml version="1.0"?>', "an XML file"),
        (b'[ {"name": 1}]', "JSON"),
    ],
)
def test_other_formats_sent_as_csv_are_named(start, kind):
    with pytest.raises(UnreadableFile, match=kind):
        read(start)


@given(st.binary(max_size=300), st.sampled_from(["csv", "ndjson", "spreadsheet"]))
def test_no_bytes_at_all_raise_anything_but_the_refusal(data, form):
    with suppress(UnreadableFile):
        list(read_table(io.BytesIO(data), form).rows)


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), min_size=1
    ),
    st.integers(1, 7),
)
def test_whatever_the_text_its_bytes_read_the_same_in_any_pieces(names, size):
    data = ("name,n\n" + "".join('"' + n.replace('"', '""') + '",1\n' for n in names)).encode()
    rows = list(read_table(Trickle(data, size), "csv").rows)
    assert rows == [[n.strip() or None, "1"] for n in names]
