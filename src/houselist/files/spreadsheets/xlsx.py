"""The sheets of an Excel workbook in XML (.xlsx, .xlsm, .xltx, Strict): names, styles, links.

xlsx_cells.py reads the rows of a sheet.
"""

from __future__ import annotations

import posixpath
import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from houselist.files.spreadsheets.links import useful_target
from houselist.files.spreadsheets.markup import check_sheets, growing_tree, local, take_below
from houselist.files.spreadsheets.sheet import Sheet, Unsaved, too_large
from houselist.files.spreadsheets.values import format_kind
from houselist.files.spreadsheets.xlsx_cells import (
    SharedStrings,
    SheetFacts,
    column_of,
    prefix_of,
    sheet_rows,
)
from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from houselist.files.spreadsheets.package import Package
    from houselist.files.spreadsheets.sheet import Record

_MIB = 1024**2
_MAX_STRINGS = 512 * _MIB
_MAX_SHEET = 8 * 1024 * _MIB
_MAX_LINKS_PART = 256 * _MIB
_MAX_LINKS = 1_048_576
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?")
NO_SHEET = "The workbook has no sheet with cells."


class _Workbook(NamedTuple):
    from_1904: bool
    sheets: list[tuple[str, bool, str]]  # name, hidden, relation


def workbook_part(package: Package) -> str | None:
    """The part with the workbook itself, or None if the archive has none."""
    found = (target for _, kind, target in package.relations("") if kind == "officeDocument")
    name = next(found, "xl/workbook.xml")
    return name if name in package else None


def xlsx_sheets(package: Package, part: str) -> list[Sheet]:
    """The sheets, without chart sheets, which have no cells. Raises UnreadableFile."""
    workbook = _workbook(package, part)
    relations = {name: (kind, target) for name, kind, target in package.relations(part)}
    by_kind = dict(relations.values())
    # Some exporters give the path of neither; then both are at their usual path.
    folder = posixpath.dirname(part)
    texts = by_kind.get("sharedStrings", posixpath.join(folder, "sharedStrings.xml"))
    strings = SharedStrings(
        partial(package.open, texts, _MAX_STRINGS) if texts in package else None
    )
    formats = _formats(package, by_kind.get("styles", posixpath.join(folder, "styles.xml")))
    sheets: list[Sheet] = []
    for name, is_hidden, relation in workbook.sheets:
        kind, target = relations.get(relation, ("", ""))
        if kind == "worksheet" and target in package:
            unsaved = Unsaved()
            facts = SheetFacts(strings, formats, workbook.from_1904, unsaved)
            records = partial(_records, package, target, facts)
            sheets.append(Sheet(name, is_hidden, records, unsaved))
    if not sheets:
        raise UnreadableFile(NO_SHEET)
    return sheets


def _workbook(package: Package, part: str) -> _Workbook:
    from_1904 = False
    sheets: list[tuple[str, bool, str]] = []
    for index, (element, attributes) in enumerate(package.elements(part)):
        if not index and element != "workbook":
            raise UnreadableFile(
                "The file is an Office document, but not an Excel workbook. "
                "Save the people as .xlsx, or send them as CSV."
            )
        if element == "workbookPr":
            from_1904 = attributes.get("date1904", "") in {"1", "true", "on"}
        elif element == "sheet":
            is_hidden = attributes.get("state", "visible") != "visible"
            sheets.append((attributes.get("name", ""), is_hidden, local(attributes, "id")))
            check_sheets(len(sheets))
    return _Workbook(from_1904, sheets)


def _formats(package: Package, part: str) -> list[str]:
    """For each cell style, the kind of its number format (see values.format_kind)."""
    codes: dict[int, str] = {}
    numbers: list[int] = []
    section = ""
    for element, attributes in package.elements(part):
        if element in {"cellXfs", "cellStyleXfs", "dxfs", "cellStyles", "numFmts"}:
            section = element
        elif element == "numFmt" and section == "numFmts":
            codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif element == "xf" and section == "cellXfs":
            numbers.append(_number(attributes.get("numFmtId")))
    kinds = {number: format_kind(number, codes) for number in set(numbers)}
    return [kinds[number] for number in numbers]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _records(package: Package, part: str, facts: SheetFacts) -> Iterator[Record]:
    links = _links(package, part)
    with package.open(part, _MAX_SHEET) as stream:
        yield from sheet_rows(stream, facts, links)


def _links(package: Package, part: str) -> dict[tuple[int, int], str]:
    """The useful links by (row, column).

    A sheet lists its links after its cells, so if there are any, a first pass over the sheet
    collects them.
    """
    targets = {
        name: useful
        for name, kind, target in package.relations(part, _MAX_LINKS_PART)
        if kind == "hyperlink" and (useful := useful_target(target))
    }
    links: dict[tuple[int, int], str] = {}
    if not targets:
        return links
    with package.open(part, _MAX_SHEET) as stream:
        root = None
        for root in growing_tree(stream):
            _add_links(
                take_below(root, f"{prefix_of(root)}hyperlinks", final=False), targets, links
            )
        if root is not None:
            _add_links(take_below(root, f"{prefix_of(root)}hyperlinks", final=True), targets, links)
    return links


def _add_links(
    elements: Sequence[Element], targets: Mapping[str, str], links: dict[tuple[int, int], str]
) -> None:
    for element in elements:
        target = targets.get(local(element.attrib, "id"))
        extent = _RANGE.fullmatch(element.get("ref", "")[:40])
        if target is None or extent is None:
            continue
        first, top, last, bottom = extent.groups()
        columns = range(column_of(first), column_of(last or first) + 1)
        rows = range(int(top), int(bottom or top) + 1)
        if len(links) + len(columns) * len(rows) > _MAX_LINKS:
            raise too_large("its links")
        links.update({(row, column): target for row in rows for column in columns})
