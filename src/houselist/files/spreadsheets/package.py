"""The parts of a workbook that is a zip archive, each opened with a size limit.

All readers of workbooks get their parts here, so nothing is read before its size was checked.
"""

from __future__ import annotations

import posixpath
import struct
from collections import defaultdict
from typing import IO, TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from houselist.files.spreadsheets.markup import elements
from houselist.files.spreadsheets.sheet import DAMAGED, too_large
from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipInfo

_MIB = 1024**2
_MAX_UNPACKED = 8 * 1024 * _MIB
# Repeated texts and formatted blank cells compress to a hundredth, zip bombs to a thousandth.
_MAX_RATIO = 200
_RATIO_MATTERS = 64 * _MIB
# The limit for short parts: styles, relations and the like.
_MAX_PART = 32 * _MIB
# About 50,000 parts; zipfile holds an object for each.
_MAX_DIRECTORY = 4 * _MIB
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_ENCRYPTED = 0x1


class Package:
    """A zip archive whose parts are found by name, ignoring case as Excel does."""

    def __init__(self, spool: IO[bytes]) -> None:
        """Raises UnreadableFile, or what zipfile raises for a damaged archive."""
        if _directory_size(spool) > _MAX_DIRECTORY:
            raise too_large("the list of its parts")
        size = spool.seek(0, 2)
        self._archive = ZipFile(spool)
        parts = self._archive.infolist()
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise UnreadableFile("The workbook has a password. Save it without one.")
        unpacked = sum(part.file_size for part in parts)
        if unpacked > min(_MAX_UNPACKED, max(_RATIO_MATTERS, _MAX_RATIO * size)):
            raise too_large("its content")
        self._parts: defaultdict[str, list[ZipInfo]] = defaultdict(list)
        for part in parts:
            self._parts[_folded(part.filename)].append(part)

    def __contains__(self, name: str) -> bool:
        return _folded(name) in self._parts

    def open(self, name: str, limit: int | None = None) -> IO[bytes]:
        """The part as a stream; zipfile never reads beyond the size that is checked here.

        Raises UnreadableFile, or KeyError if there is no such part.
        """
        if name not in self:
            raise KeyError(name)
        found = self._parts[_folded(name)]
        if len(found) > 1 or found[0].compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            # Choosing between two parts would be a guess, and Excel uses only these two methods.
            raise UnreadableFile(DAMAGED)
        if found[0].file_size > (_MAX_PART if limit is None else limit):
            raise too_large(name)
        return self._archive.open(found[0])

    def elements(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """The elements of a short part; none if there is no such part."""
        if name in self:
            with self.open(name) as part:
                yield from elements(part)

    def relations(self, source: str, limit: int | None = None) -> Iterator[tuple[str, str, str]]:
        """The relations of a part ('' is the package): id, last word of the type, target."""
        folder, name = posixpath.split(source)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self:
            return
        with self.open(path, limit) as part:
            for element, attributes in elements(part):
                if element != "Relationship":
                    continue
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, _slashed(target)))[1:]
                kind = attributes.get("Type", "").rpartition("/")[2]
                yield attributes.get("Id", ""), kind, target


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _folded(name: str) -> str:
    return _slashed(name).lstrip("/").lower()


def _directory_size(spool: IO[bytes]) -> int:
    """The size in bytes of the zip directory, from the archive's end (APPNOTE 4.3.14-16)."""
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
