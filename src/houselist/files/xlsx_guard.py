"""Refuses xlsx archives that would unpack to more than a worker can hold; reads no rows."""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import IO
from zipfile import BadZipFile, ZipFile

from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHARED_STRINGS
from openpyxl.xml.functions import fromstring

from houselist.files.tables import UnreadableFile

_MIB = 1024**2
_MAX_UNPACKED = 8 * 1024 * _MIB
_MAX_STRINGS = 512 * _MIB
# Parts that are parsed as a whole: styles, relations and the like.
_MAX_PART = 32 * _MIB
# About 200,000 parts; zipfile holds an object for each.
_MAX_DIRECTORY = 16 * _MIB
_WHOLE = {
    ARC_CONTENT_TYPES,
    "xl/styles.xml",
    "xl/theme/theme1.xml",
    "docProps/core.xml",
    "docProps/custom.xml",
}
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_ENCRYPTED = 0x1


def refuse_bombs(spool: IO[bytes]) -> None:
    """Check the sizes the archive declares, which zipfile never reads beyond.

    Raises UnreadableFile, or what zipfile and openpyxl raise for a damaged archive.
    """
    if _directory_size(spool) > _MAX_DIRECTORY:
        raise _too_large("the list of its parts")
    with ZipFile(spool) as archive:
        parts = archive.infolist()
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise UnreadableFile("The workbook has a password. Save it without one.")
        if sum(part.file_size for part in parts) > _MAX_UNPACKED:
            raise _too_large("its content")
        sizes = {part.filename: part.file_size for part in parts}
        if ARC_CONTENT_TYPES not in sizes:
            raise UnreadableFile(
                "The file is a zip archive, but no Excel workbook (.xlsx). "
                "Save it as .xlsx, or send it as CSV."
            )
        if sizes[ARC_CONTENT_TYPES] > _MAX_PART:
            raise _too_large("the list of its parts")
        types = _content_types(archive)
    for name, size in sizes.items():
        if size > _limit(name, types[name]):
            raise _too_large(name)


def _limit(name: str, types: set[str]) -> int:
    if name in _WHOLE or name.endswith(".rels") or any(t.endswith("main+xml") for t in types):
        return _MAX_PART
    if SHARED_STRINGS in types:
        return _MAX_STRINGS
    return _MAX_UNPACKED


def _content_types(archive: ZipFile) -> defaultdict[str, set[str]]:
    """The content types that the package declares, by the name of the part."""
    types: defaultdict[str, set[str]] = defaultdict(set)
    for node in fromstring(archive.read(ARC_CONTENT_TYPES)):
        types[node.get("PartName", "").lstrip("/")].add(node.get("ContentType", ""))
    return types


def _directory_size(spool: IO[bytes]) -> int:
    """Bytes of the zip directory, from the records at the archive's end (APPNOTE 4.3.14-16)."""
    length = spool.seek(0, 2)
    spool.seek(max(0, length - 65_536 - 98))
    tail = spool.read()
    spool.seek(0)
    end = tail.rfind(_END)
    if end < 0:
        raise BadZipFile
    end_64 = tail.rfind(_END_64, 0, end)
    sizes: list[int] = [
        size for size in struct.unpack_from("<L", tail, end + 12) if size + 1 < 2**32
    ]
    if end_64 >= 0:
        sizes.extend(struct.unpack_from("<Q", tail, end_64 + 40))
    return max(sizes, default=0)


def _too_large(what: str) -> UnreadableFile:
    return UnreadableFile(
        f"The workbook is too large once unpacked ({what[:100]}). Send it as CSV instead."
    )
