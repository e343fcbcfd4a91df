"""Recognises, by their first bytes, kinds of files that people send but that can't be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = (
    (re.compile(rb"MZ.{58}[^\n]{2}", re.DOTALL), "a Windows program"),
    (re.compile(rb"\x7fELF"), "a Linux program"),
    (re.compile(rb"\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|\xce\xfa\xed\xfe"), "a program"),
    (
        re.compile(rb"BM.{4}\0\0\0\0|II\*\0|MM\0\*|\0\0\x01\0|8BPS|RIFF.{4}WEBP", re.DOTALL),
        "an image",
    ),
    (re.compile(rb".{4}ftyp(heic|heix|mif1|avif)", re.DOTALL), "an image"),
    (
        re.compile(rb".{4}ftyp|RIFF.{4}(AVI |WAVE)|ID3[\x02-\x04]|OggS\0|fLaC", re.DOTALL),
        "sound or video",
    ),
    (re.compile(rb"ARROW1\0\0|FEA1"), "an Arrow or Feather file"),
    (re.compile(rb"Obj\x01"), "an Avro file"),
    (re.compile(rb"ORC[\x08\x0a\x12]"), "an ORC file"),
    (re.compile(rb"\x89HDF\r\n"), "an HDF5 file"),
    (re.compile(rb"\0\x01\0\0(Standard ACE|Standard Jet) DB"), "an Access database"),
    (re.compile(rb"!BDN"), "an Outlook data file (.pst)"),
    (re.compile(rb"wOF[F2]|OTTO\0|\0\x01\0\0\0"), "a font"),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar archive"),
    (re.compile(rb"bplist0"), "a property list"),
    (re.compile(rb"\x80[\x02-\x05](\x95|c|\}|\])"), "a pickled Python object"),
    (
        re.compile(rb"PK\x03\x04.{1,4000}Index(/[^/]{1,99}\.iwa|\.zip)", re.DOTALL),
        "a Numbers, Pages or Keynote document",
    ),
    (re.compile(rb"PK\x03\x04.{1,4000}word/", re.DOTALL), "a Word document (.docx)"),
    (re.compile(rb"PK\x03\x04.{1,4000}ppt/", re.DOTALL), "a PowerPoint file (.pptx)"),
    (
        re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", re.DOTALL),
        "an OpenDocument file",
    ),
    (re.compile(rb"\+/v[89+/]"), "encoded in UTF-7"),
)
_FIRST = 4096
_MARKS = {
    b"PK\x03\x04": "a zip archive or an Excel file (.xlsx)",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls) or an Excel file with a password",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "compressed with gzip",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"(\xb5/\xfd": "compressed with zstd",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"{\\rtf": "an RTF document",
    b"SQLite format 3": "an SQLite database",
    b"PAR1": "a Parquet file",
}
_MARKUP = {
    b"<!doctype": "a web page",
    b"<html": "a web page",
    b"<head": "a web page",
    b"<table": "a web page",
    b"<?xml": "an XML file",
}

_TEXTS = (
    (re.compile(r"begin:vcard\b", re.IGNORECASE), "a vCard"),
    (re.compile(r"begin:vcalendar\b", re.IGNORECASE), "a calendar"),
    (re.compile(r"dn::? ?\w|version: ?1\s*$", re.IGNORECASE), "LDIF"),
    (re.compile(r"From \S{1,100}@\S{1,100} +\w{3} |Return-Path: <|MIME-Version: 1"), "an e-mail"),
    (
        re.compile(
            r"-- \w{1,20} (database )?dump|/\*!\d{5} |(create|drop|alter|lock) (table|database) "
            r"|(insert|replace) (ignore )?into [\w`\"\[\].]{1,100} ?(\(|values\b|select\b|$)"
            r"|copy [\w\".]{1,100}( \(.{1,200})? from stdin|(begin|start) ?(transaction)?;"
            r"|set (names|sql_mode|statement_timeout|search_path)\b|pragma \w|use [`\[\w]{1,64}.?;",
            re.IGNORECASE,
        ),
        "an SQL dump",
    ),
    (re.compile(r"-----BEGIN [A-Z ]+-----"), "a key or a certificate"),
    (re.compile(r"%!PS"), "a PostScript document"),
    (re.compile(r"- [\w .-]{1,60}:( |\s*$)|---\s*$"), "YAML"),
    (re.compile(r"\[\[[\w.-]{1,60}\]\]\s*$"), "TOML"),
)
_YAML_KEY = re.compile(r"[\w.-]{1,60}:\s*$")
_YAML_BELOW = re.compile(r"\s{0,8}- \S|\s{1,8}[\w.-]{1,60}:( |\s*$)")
_LINE = 200


def text_start(first: bytes) -> bytes:
    """The start of a text file, without byte order mark and white space, in lower case."""
    return first[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()


def foreign_kind(first: bytes) -> str | None:
    """The kind of file by its first bytes, with an article; None if they don't tell."""
    head = first[:_FIRST]
    kind = next((kind for pattern, kind in _KINDS if pattern.match(head)), None)
    kind = kind or next((kind for mark, kind in _MARKS.items() if head.startswith(mark)), None)
    start = text_start(first)
    return kind or next((kind for mark, kind in _MARKUP.items() if start.startswith(mark)), None)


def refuse_other_text(lines: Sequence[str]) -> None:
    """Raises UnreadableFile for known text formats that are not tables, such as vCard."""
    # LDIF and SQL may begin with comments.
    said = (
        line for line in lines[:50] if line.strip() not in {"", "--"} and not line.startswith("#")
    )
    start = next(said, "").lstrip()[:_LINE]
    kind = next((kind for pattern, kind in _TEXTS if pattern.match(start)), None)
    if kind is None and _YAML_KEY.match(start) and _YAML_BELOW.match(next(said, "")[:_LINE]):
        kind = "YAML"
    if kind:
        raise UnreadableFile(
            f"The file is {kind}, not CSV. In the program it comes from, export the contacts as CSV"
            " and send that file."
        )
