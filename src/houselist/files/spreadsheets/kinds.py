"""Detects the kind of a workbook by its content, and says what a file is if it is not one."""

from __future__ import annotations

import mmap
from typing import IO, TYPE_CHECKING

from houselist.files.spreadsheets.calamine import binary_sheets
from houselist.files.spreadsheets.ods import CONTENT, ods_sheets
from houselist.files.spreadsheets.package import Package
from houselist.files.spreadsheets.xlsx import workbook_part, xlsx_sheets
from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from houselist.files.spreadsheets.sheet import Sheet

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Files of Excel 2 to 4 start with a record of their own, without OLE around it.
_ANCIENT = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
_MIB = 1024**2
# .xls holds at most 65,536 rows of 256 columns.
_MAX_OLE = 512 * _MIB
_MAX_XLSB = 512 * _MIB
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
ADVICE = "Save it as an Excel workbook (.xlsx) without a password, or send it as CSV."


def refuse_text(first: bytes) -> None:
    """Raises UnreadableFile if a file's first 4 KiB show that it is text, not a workbook."""
    if first.startswith((ZIP, OLE)):
        return
    if first.startswith(_ANCIENT):
        raise UnreadableFile(f"The file is from a version of Excel before Excel 97. {ADVICE}")
    start = first[:4096].replace(b"\0", b"")
    start = start.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").removeprefix(b"\xef\xbb\xbf")
    start = start.lstrip().lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        raise UnreadableFile(
            "The file is an XML Spreadsheet 2003, not an Excel workbook. "
            "Open it in Excel and save it as .xlsx."
        )
    if start.startswith(
        (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style")
    ) or (start.startswith(b"<") and b"<table" in start):
        raise UnreadableFile(
            "The file is a web page with a table, not an Excel workbook, whatever its name says. "
            "Open it in Excel and save it as .xlsx."
        )
    line = start.partition(b"\n")[0]
    if not start.startswith((b"<", b"{", b"[", b"%")) and any(mark in line for mark in b"\t,;|"):
        raise UnreadableFile(
            "The file is text, not an Excel workbook, whatever its name says. Send it as CSV."
        )


def open_sheets(spool: IO[bytes]) -> list[Sheet]:
    """The sheets of any kind of workbook. Raises UnreadableFile, or anything at a damaged part."""
    spool.seek(0)
    if spool.read(len(OLE)) == OLE:
        return _ole_sheets(spool)
    package = Package(spool)
    part = workbook_part(package)
    if part and part.lower().endswith(".bin"):
        if spool.seek(0, 2) > _MAX_XLSB:
            raise UnreadableFile("The workbook is too large as .xlsb. Save it as .xlsx.")
        return binary_sheets(spool)
    if part:
        return xlsx_sheets(package, part)
    if _is_ods(package):
        return ods_sheets(package)
    if "Index/Document.iwa" in package or "Index.zip" in package:
        raise UnreadableFile(
            "The file is a Numbers document. In Numbers, choose File > Export To > Excel or CSV."
        )
    raise UnreadableFile(f"The file is a zip archive, but not an Excel workbook. {ADVICE}")


def _is_ods(package: Package) -> bool:
    if CONTENT not in package:
        return False
    if "mimetype" not in package:
        return True
    with package.open("mimetype") as part:
        return part.read(len(_ODS)) == _ODS


def _ole_sheets(spool: IO[bytes]) -> list[Sheet]:
    if spool.seek(0, 2) > _MAX_OLE:
        raise UnreadableFile("The workbook is too large as .xls. Save it as .xlsx.")
    with mmap.mmap(spool.fileno(), 0, access=mmap.ACCESS_READ) as content:
        names = [name for name in _STREAMS if content.find(name.encode("utf-16-le")) >= 0]
    if "EncryptedPackage" in names:
        raise UnreadableFile("The workbook has a password. Save it without one.")
    if "Workbook" in names or "WORKBOOK" in names:
        return binary_sheets(spool)
    if "Book" in names:
        raise UnreadableFile(f"The file is from Excel 5 or Excel 95. {ADVICE}")
    if "WordDocument" in names:
        raise UnreadableFile(f"The file is a Word document. {ADVICE}")
    raise UnreadableFile(
        f"The file is damaged, is an Excel file with a password, or is not an Excel file. {ADVICE}"
    )


# Names of streams; OLE stores them in UTF-16.
_STREAMS = ("EncryptedPackage", "Workbook", "WORKBOOK", "WordDocument", "Book")
