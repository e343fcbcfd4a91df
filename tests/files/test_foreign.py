"""Files of other kinds that are sent for CSV, and odd files that are CSV all the same."""

from __future__ import annotations

import io
import os
import random
import zlib

import pytest

from houselist.files.reading import UnreadableFile, read_table


def read(data, form="csv"):
    return list(read_table(io.BytesIO(data), form).rows)


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"MZ\x90\0\x03" + b"\0" * 200, "a Windows program"),
        (b"\x7fELF\x02\x01\x01", "a Linux program"),
        (b"BM\x36\x10\x0e\0\0\0\0\0", "an image"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "an image"),
        (b"\0\0\0\x1cftypheic", "an image"),
        (b"\0\0\0\x20ftypisom", "sound or video"),
        (b"ARROW1\0\0\x10", "an Arrow or Feather file"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\0\x01\0\0Standard ACE DB\0", "an Access database"),
        (b"PK\x03\x04" + b"\0" * 26 + b"Index/Document.iwa", "a Numbers, Pages or Keynote"),
        (b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml", "a Word document"),
        (b"+/v8-", "UTF-7"),
    ],
)
def test_binary_files_are_refused_by_name(start, kind, form):
    with pytest.raises(UnreadableFile, match=kind):
        read(start + b"\x80\xff" * 40, form)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Smith\r\nEND:VCARD\r\n", "a vCard"),
        ("\n begin:vcard\nversion:2.1\n", "a vCard"),
        ("BEGIN:VCALENDAR\nVERSION:2.0\n", "a calendar"),
        ("version: 1\n\ndn: cn=Ann,dc=x\ncn: Ann\n", "LDIF"),
        ("# extended LDIF\n#\n\ndn: cn=Ann,dc=x\ncn: Ann\n", "LDIF"),
        ("dn:: Y249QW5u\ncn: Ann\n", "LDIF"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n", "a key"),
        ("INSERT INTO people VALUES (1,'A','sq@x.example');\n", "an SQL dump"),
        ("insert into `a`.`b` (name, email) values\n('A','a@x.example'),\n", "an SQL dump"),
        ("--\n-- PostgreSQL database dump\n--\n", "an SQL dump"),
        ("/*!40101 SET NAMES utf8 */;\n", "an SQL dump"),
        ("COPY public.people (name, email) FROM stdin;\nA\ta@x.example\n", "an SQL dump"),
        ("- name: A\n  email: ya@x.example\n- name: B\n", "YAML"),
        ("people:\n  - name: A\n    email: ya@x.example\n", "YAML"),
        ("---\nname: A\nemail: ya@x.example\n", "YAML"),
        ('[[people]]\nname = "A"\nemail = "a@x.example"\n', "TOML"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_that_is_no_table_is_refused_by_name(text, kind, encoding):
    with pytest.raises(UnreadableFile, match=f"is {kind}.*export the contacts as CSV"):
        read(text.encode(encoding))


@pytest.mark.parametrize("size", [60, 500, 5_000, 300_000])
def test_random_and_compressed_bytes_are_refused(size):
    for seed in range(5):
        with pytest.raises(UnreadableFile):
            read(random.Random(seed).randbytes(size))
    with pytest.raises(UnreadableFile):
        read(zlib.compress(os.urandom(size).hex().encode()))


def test_odd_control_characters_do_not_make_a_file_binary():
    assert read(b"name\nBob\x02\n") == [["Bob\x02"]]
    rows = read(b"name,note\n" + b"Bob,a\x0bb\x1fc\x08\n" * 300)
    assert len(rows) == 300
    assert read(b"name,note\n" + b"Ann,\x1b[31mred\x1b[0m\n" * 9)[0][0] == "Ann"


def test_a_column_called_dn_or_version_is_no_ldif():
    assert read(b"dn,name\n1,Ann\n") == [["1", "Ann"]]
    assert read(b"version,name\n1,Ann\n") == [["1", "Ann"]]


def test_columns_that_are_only_aligned_are_refused():
    with pytest.raises(UnreadableFile, match="separated by spaces only"):
        read(b"Name      Email\nJo A      sp1@x.example\nDi B      sp2@x.example\n")


@pytest.mark.parametrize(
    "text",
    [
        "E-mail  address\na@x.example\n",
        "Email\nJo  Ek  <a@x.example>\n",
        "Email:\na@x.example\nb@x.example\n",
        "Use,Email\nx,a@x.example\n",
        "Set name,Email\nx,a@x.example\n",
        "Copy,Email\nx,a@x.example\n",
        "-,Email\nx,a@x.example\n",
        "Insert into campaign,Email\nx,a@x.example\n",
        "[Email]\na@x.example\n",
    ],
)
def test_what_only_begins_like_another_kind_is_csv(text):
    assert read(text.encode())
