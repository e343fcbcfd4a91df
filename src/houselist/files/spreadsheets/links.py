"""Links of cells that identify a person: LinkedIn profiles and e-mail addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from houselist.files.mapping import suggest_mapping
from houselist.linkedin import Refused, parse_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from houselist.files.spreadsheets.sheet import Record
    from houselist.people.rows import Cells

_MAX_TARGET = 2_083  # Excel's limit
_MAIL = "mailto:"
_ADDRESS = re.compile(r"[^\s@<>,;]{1,320}@[^\s@<>,;]{1,320}")
# Excel separates arguments with ',', OpenFormula with ';'. A quote inside a text is doubled.
_FORMULA = re.compile(r'(?:of:)?=?\s*(?:_xlfn\.)?HYPERLINK\(\s*"([^"]*)"\s*[,;)]', re.IGNORECASE)
_LABEL = re.compile(r'\s*"((?:[^"]|"")*)"\s*\)\s*')
_CONSTANT = re.compile(r'(?:of:)?=?\s*"((?:[^"]|"")*)"\s*')
_MAX_FORMULA = 8_192  # Excel's limit
# In columns of these fields, the link's address is worth more than the cell's text.
_ADDRESSES = {"linkedinUrl", "publicIdentifier", "email"}
_FEW_LABELS = 3


def useful_target(target: str) -> str | None:
    """The profile's or e-mail address; None for any other link."""
    if len(target) > _MAX_TARGET:
        return None
    target = target.strip()
    if target[: len(_MAIL)].lower() == _MAIL:
        address = unquote(target[len(_MAIL) :].partition("?")[0]).strip()
        return address if _ADDRESS.fullmatch(address) else None
    if target[:4].lower() != "http":
        return None
    try:
        parse_profile(target)
    except Refused:
        return None
    return target


def formula_target(formula: str) -> str | None:
    """The useful address in =HYPERLINK("address","label"); None for any other formula."""
    found = _FORMULA.match(formula[: _MAX_TARGET + 40])
    return useful_target(found[1]) if found else None


def formula_text(formula: str) -> str | None:
    """What =HYPERLINK("address","label") or ="text" shows; None for any other formula.

    For workbooks whose formulas have no stored results, as programs other than Excel write them.
    """
    if len(formula) > _MAX_FORMULA:
        return None
    if constant := _CONSTANT.fullmatch(formula):
        return constant[1].replace('""', '"')
    link = _FORMULA.match(formula)
    if link is None:
        return None
    label = _LABEL.match(formula, link.end())
    return label[1].replace('""', '"') if label else link[1]


class LinkColumns:
    """What happens to links: they replace the texts of a column, or get a column of their own.

    In a column that is meant for addresses ('LinkedIn', 'E-mail'), or that repeats the same few
    words ('Profile'), the address replaces the text. Names and the like stay, and their addresses
    go to another column, 'Name (link)', so that nothing is lost. The sample's records tell which
    columns have links.
    """

    def __init__(self, header: Cells, sample: Sequence[Record]) -> None:
        fields = suggest_mapping([cell or "" for cell in header]).mapping
        labels: dict[int, set[str | None]] = {}
        for record in sample:
            for column in record.links:
                labels.setdefault(column, set()).add(record.cells[column])
        self.replaced: set[int] = set()
        self.added: list[int] = []
        for column, texts in sorted(labels.items()):
            name = (header[column] if column < len(header) else None) or ""
            field = fields.get(name)
            if field in _ADDRESSES or (not field and len(texts) <= _FEW_LABELS):
                self.replaced.add(column)
            elif column < len(header):
                self.added.append(column)
        self.replaced |= {
            n for n, name in enumerate(header) if fields.get(name or "") in _ADDRESSES
        }

    def names(self, columns: Sequence[str]) -> list[str]:
        """The names of the added columns."""
        taken = set(columns)
        names: list[str] = []
        for column in self.added:
            name, count = f"{columns[column]} (link)", 1
            while name in taken:
                count += 1
                name = f"{columns[column]} (link {count})"
            taken.add(name)
            names.append(name)
        return names

    def replace(self, cells: Cells, links: Mapping[int, str]) -> Cells:
        """The cells with labels replaced by addresses; a cell that is itself an address stays."""
        if not links:
            return cells
        cells = cells.copy()
        for column, target in links.items():
            if column in self.replaced and not _is_address(cells[column] or ""):
                cells[column] = target
        return cells

    def addresses(self, links: Mapping[int, str]) -> Cells:
        """The cells of the added columns."""
        return [links.get(column) for column in self.added]


def _is_address(text: str) -> bool:
    """Whether a label is itself an address; its link is often a stale copy of the row above."""
    if len(text) > _MAX_TARGET:
        return True
    if _ADDRESS.fullmatch(text):
        return True
    try:
        parse_profile(text)
    except Refused:
        return False
    return True
