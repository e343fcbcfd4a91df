"""Workbooks made part by part, for tests of what no spreadsheet program would write."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_LINKS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(*targets: tuple[str, str, str], space: str = LINKS) -> str:
    """Of (id, the type's last word, target); targets with a scheme are outside."""
    rows = "".join(
        f'<Relationship Id="{name}" Type="{space}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if ":" in target else "/>")
        for name, kind, target in targets
    )
    return f'<Relationships xmlns="{PACKAGE}">{rows}</Relationships>'


def xlsx_parts(
    *sheets: str,
    names: tuple[str, ...] = (),
    properties: str = "",
    space: str = MAIN,
    links: str = LINKS,
    **parts: str,
) -> dict[str, str]:
    """Each sheet is what stands in its worksheet, or in sheetData when it begins with a row.

    `strings` and `styles` are the inner XML of these parts.
    """
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names or [f"S{n}" for n in range(len(sheets))], 1)
    )
    book = f'<workbook xmlns="{space}" xmlns:r="{links}">{properties}<sheets>{listed}</sheets></workbook>'
    found = [
        (f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)
    ]
    made = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": book}
    if "strings" in parts:
        found.append(("rIdT", "sharedStrings", "sharedStrings.xml"))
        made["xl/sharedStrings.xml"] = f'<sst xmlns="{space}">{parts["strings"]}</sst>'
    if "styles" in parts:
        found.append(("rIdS", "styles", "styles.xml"))
        made["xl/styles.xml"] = f'<styleSheet xmlns="{space}">{parts["styles"]}</styleSheet>'
    made["_rels/.rels"] = relations(("rId1", "officeDocument", "xl/workbook.xml"), space=links)
    made["xl/_rels/workbook.xml.rels"] = relations(*found, space=links)
    for number, inner in enumerate(sheets, 1):
        content = f"<sheetData>{inner}</sheetData>" if inner.startswith("<row") else inner
        made[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{space}" xmlns:r="{links}">{content}</worksheet>'
        )
    return made


def text(value: str) -> str:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def row(*values: str) -> str:
    return f"<row>{''.join(map(text, values))}</row>"


def ods(tables: str, styles: str = "") -> bytes:
    """What stands in office:spreadsheet and in office:automatic-styles."""
    names = ("office", "table", "text", "style")
    spaces = " ".join(f'xmlns:{name}="{_ODF}:{name}:1.0"' for name in names)
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content {spaces} "
            'xmlns:xlink="http://www.w3.org/1999/xlink">'
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
            "</office:document-content>",
        }
    )
