"""What senders call encodings."""

from __future__ import annotations

import codecs

import pytest

from houselist.files.encoding_labels import find_encoding
from houselist.files.reading import UnreadableFile


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("utf-16", "utf-16le"),
        ("UTF-16BE", "utf-16be"),
        ("ucs-2", "utf-16le"),
        ("latin1", "windows-1252"),
        ("ISO-8859-1", "windows-1252"),
        ("l1", "windows-1252"),
        ("iso_8859-1:1987", "windows-1252"),
        ("cp1252", "windows-1252"),
        ("ansi", "windows-1252"),
        ("Windows-1250", "windows-1250"),
        ("x-cp1250", "windows-1250"),
        ("cp1250", "windows-1250"),
        ("iso-8859-2", "iso-8859-2"),
        ("latin2", "iso-8859-2"),
        ("iso-8859-9", "windows-1254"),
        ("latin5", "windows-1254"),
        ("iso-8859-11", "windows-874"),
        ("tis-620", "windows-874"),
        ("koi8-r", "koi8-r"),
        ("koi", "koi8-r"),
        ("koi8-ru", "koi8-u"),
        ("cp866", "ibm866"),
        ("macintosh", "macintosh"),
        ("x-mac-roman", "macintosh"),
        ("mac_roman", "macintosh"),
        ("gbk", "gb18030"),
        ("gb2312", "gb18030"),
        ("chinese", "gb18030"),
        ("x-gbk", "gb18030"),
        ("big5", "big5"),
        ("big5-hkscs", "big5"),
        ("cn-big5", "big5"),
        ("shift_jis", "shift_jis"),
        ("sjis", "shift_jis"),
        ("windows-31j", "shift_jis"),
        ("ms_kanji", "shift_jis"),
        ("ms932", "shift_jis"),
        ("euc-jp", "euc-jp"),
        ("iso-2022-jp", "iso-2022-jp"),
        ("euc-kr", "euc-kr"),
        ("ks_c_5601-1987", "euc-kr"),
        ("cp850", "ibm850"),
        ("IBM437", "ibm437"),
        ("mac_latin2", "mac-latin2"),
        ('"windows-1251"', "windows-1251"),
        (" utf-8 ", "utf-8"),
    ],
)
def test_labels_of_the_encoding_standard_and_of_python_are_known(label, name):
    found = find_encoding(label)
    assert found
    assert found.name == name
    codecs.lookup(found.codec)


@pytest.mark.parametrize("label", ["us-ascii", "ASCII", "", " ", "binary"])
def test_us_ascii_tells_nothing(label):
    assert find_encoding(label) is None


@pytest.mark.parametrize(
    "label", ["klingon", "rot13", "hex", "punycode", "unicode_escape", "../os", "x" * 10_000, "ütf"]
)
def test_an_unknown_label_is_refused_by_name(label):
    with pytest.raises(UnreadableFile, match=r"encoding '.{1,40}' is unknown"):
        find_encoding(label)


def test_utf_32_is_refused_by_name():
    with pytest.raises(UnreadableFile, match="UTF-32"):
        find_encoding("utf-32le")
