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


def test_a_row_with_a_byte_that_the_encoding_lacks_is_the_only_bad_one():
    names = ["Zoë", "Müller", "José", "Strauß"] * 50
    data = "name\n" + "".join(f"{name}\n" for name in names)
    rows = read(data.encode("cp1252") + b"Jos\xe9\x81\n")[1]
    assert rows == [[name] for name in names] + [BadRow("José\ufffd", "not valid windows-1252")]


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


def read_with_facts(data):
    table = read_table(io.BytesIO(data), "csv")
    early = table.facts.encoding
    return list(table.rows), early, table.facts.encoding


@pytest.mark.parametrize(
    ("names", "codec", "label"),
    [
        (["Dvořák", "Novotný", "Šťastný", "Žluťoučký"], "cp1250", "windows-1250"),
        (["Иванов", "Петрова", "Кузнецов"], "cp1251", "windows-1251"),
        (["Παπαδόπουλος", "Γεωργίου", "Άννα"], "cp1253", "windows-1253"),
        (
            ["Yılmaz", "Şahin", "Doğan", "İpek", "Çiğdem Güneş", "Öztürk", "Işıl", "Yıldız"],
            "cp1254",
            "windows-1254",
        ),
        (["山田", "佐藤", "株式会社テスト"], "cp932", "shift_jis"),
        (["山田", "佐藤", "株式会社テスト"], "iso2022_jp", "iso-2022-jp"),
        (["김민준", "이서연", "주식회사"], "cp949", "euc-kr"),
        (["王伟", "李娜", "北京测试有限公司"], "gb18030", "gb18030"),
        (["陳志明", "林淑芬", "臺北市"], "big5", "big5"),
        (["Müller", "Zoë", "François"], "cp1252", "windows-1252"),
        (["Müller", "Zoë", "François"], "utf-8", "utf-8"),
        (["Müller", "Иванов", "王伟"], "utf-16-le", "utf-16le"),
    ],
)
def test_names_are_read_without_a_word_from_the_sender(names, codec, label):
    data = "name\n" + "".join(f"{name}\n" for name in names)
    rows, early, final = read_with_facts(data.encode(codec))
    assert rows == [[name] for name in names]
    assert early == final == label


def test_utf_16_without_mark_and_without_latin_letters():
    text = "имя,город\n" + "Иван,Москва\nОльга,Казань\n" * 5
    for encoding in ("utf-16-le", "utf-16-be"):
        assert read(text.encode(encoding))[1][:2] == [["Иван", "Москва"], ["Ольга", "Казань"]]
    text = "名前,都市\n" + "山田,東京都\n佐藤,大阪市\n" * 5
    assert read(text.encode("utf-16-be"))[1][0] == ["山田", "東京都"]


def test_the_encoding_may_be_told_only_by_the_last_rows():
    czech = "Dvořák,Plzeň\nŠťastný,Děčín\nŘíha,Třinec\n".encode("cp1250")
    rows, early, final = read_with_facts(b"name,city\n" + b"Bob,Bonn\n" * 200_000 + czech)
    assert rows[-3:] == [["Dvořák", "Plzeň"], ["Šťastný", "Děčín"], ["Říha", "Třinec"]]
    assert (early, final) == ("utf-8", "windows-1250")


def test_a_letter_that_comes_late_is_not_guessed():
    known = "Müller,Köln\nJäger,Lübeck\nGroß,Gießen\n" * 60_000
    rows = read(("name,city\n" + known).encode("cp1252") + b"Duri\xe8,x\nM\xfcller,y\n")[1]
    assert rows[-1] == ["Müller", "y"]
    assert rows[-2] in (BadRow("Duri\ufffd,x", "not certain to be windows-1252"), ["Duriè", "x"])


def test_utf_8_after_much_of_another_encoding_is_not_misread():
    known = "Müller,Köln\nJäger,Lübeck\nGroß,Gießen\n" * 60_000
    rows = read(("name,city\n" + known).encode("cp1252") + "José,y\n".encode())[1]
    assert rows[-1] == BadRow("Jos\ufffd\ufffd,y", "not certain to be windows-1252")


@pytest.mark.parametrize(
    "data",
    [
        b"first,last\nJos\x8e,Mu\x96oz\n",  # José Muñoz of a Mac
        b"name\n\xe9\xe8\xea\xeb\n",
        "name\nYiğit\n".encode("cp1254"),
        "name\nStrauß\n".encode("cp437"),
    ],
)
def test_what_nothing_is_sure_about_is_refused_with_advice(data):
    with pytest.raises(
        UnreadableFile, match=r"CSV UTF-8 \(Comma delimited\).*LibreOffice.*charset="
    ):
        read(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_marks_before_the_text_are_dropped_however_many(encoding, times):
    data = ("\ufeff" * times + "Email,Ort\na@b.example,Köln\n").encode(encoding)
    assert read(data) == (["Email", "Ort"], [["a@b.example", "Köln"]])


def test_invisible_characters_in_column_names_are_dropped():
    columns, _ = read("\u200bName,\ufeffEmail,Land\u2060\nAnn,a@b.example,x\n".encode())
    assert columns == ["Name", "Email", "Land"]
    table = read_table(io.BytesIO('{"\ufeffEmail": "a@b.example"}\n'.encode()), "ndjson")
    assert (table.columns, table.facts.encoding) == (["Email"], "utf-8")


def test_pairs_of_bytes_that_are_utf_8_by_accident_are_not_believed():
    # As UTF-8 they are ŵƽ and the like, which stand in no name.
    name = "牡平"
    assert name.encode("gb18030").decode("utf-8").isalpha()
    with suppress(UnreadableFile):
        rows = read(f"name\n{name}\n王伟\n".encode("gb18030"))[1]
        assert rows == [[name], ["王伟"]]
