"""The rows of one sheet of an .xlsx workbook, and the texts that cells share."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, NamedTuple

from houselist.files.spreadsheets import sheet as limits
from houselist.files.spreadsheets.links import formula_target, formula_text
from houselist.files.spreadsheets.markup import growing_tree, take, take_below
from houselist.files.spreadsheets.sheet import DAMAGED, RowBuilder, too_large, too_many_rows
from houselist.files.spreadsheets.values import iso_text, number_text, plain_text
from houselist.people.rows import MAX_COLUMNS, UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from xml.etree.ElementTree import Element

    from houselist.files.spreadsheets.sheet import Record, Unsaved

_DIGITS = "0123456789"
_COLUMN = re.compile(r"[A-Za-z]{1,3}")
_columns: dict[str, int] = {}
# Bytes that Python needs for a text beyond its characters, and for its entry in the list.
_STRING_COST = 64
_MAX_STRINGS_MEMORY = 1024**3


def column_of(letters: str) -> int:
    """The column's number, from 0. Raises UnreadableFile if it is not a column."""
    column = _columns.get(letters)
    if column is None:
        if not _COLUMN.fullmatch(letters):
            raise UnreadableFile(DAMAGED)
        column = 0
        for letter in letters.upper():
            column = column * 26 + ord(letter) - 64
        column -= 1
        _columns[letters] = column
    return column


class SharedStrings:
    """The texts to which cells refer by number; read with the first sheet."""

    def __init__(self, open_part: Callable[[], IO[bytes]] | None) -> None:
        self._open = open_part
        self._texts: list[str | None] | None = None

    def texts(self) -> list[str | None]:
        """Raises UnreadableFile."""
        if self._texts is None:
            self._texts = []
            if self._open:
                with self._open() as part:
                    self._texts = _shared_texts(part)
        return self._texts


class SheetFacts(NamedTuple):
    """What the workbook says about all sheets' cells, and what is found out about one sheet's."""

    strings: SharedStrings
    formats: list[str]
    from_1904: bool
    unsaved: Unsaved


def prefix_of(root: Element) -> str:
    """The prefix of its element names, such as 'x:', or ''."""
    prefix, colon, _ = root.tag.rpartition(":")
    return prefix + colon


def _shared_texts(part: IO[bytes]) -> list[str | None]:
    texts: list[str | None] = []
    cost = 0
    root = None
    for root, final in _ending(growing_tree(part)):
        prefix = prefix_of(root)
        for item in take(root, final=final):
            if item.tag != f"{prefix}si":
                continue
            text = plain_text(_text_of(item, prefix))
            cost += _STRING_COST + (len(text) if text else 0)
            texts.append(text)
        if cost > _MAX_STRINGS_MEMORY:
            raise too_large("the texts of its cells")
    return texts


def _text_of(item: Element, prefix: str) -> str:
    """One text, joined from its differently formatted runs, without its phonetic guide."""
    if len(item) == 1 and item[0].tag == f"{prefix}t":
        return item[0].text or ""
    texts: list[str] = []
    for child in item:
        if child.tag == f"{prefix}t":
            texts.append(child.text or "")
        elif child.tag == f"{prefix}r":
            texts += [run.text or "" for run in child if run.tag == f"{prefix}t"]
    return "".join(texts)


def _ending(roots: Iterator[Element]) -> Iterator[tuple[Element, bool]]:
    """Each state of the tree, and the last one again, marked as final."""
    root = None
    for root in roots:
        yield root, False
    if root is not None:
        yield root, True


def sheet_rows(
    part: IO[bytes], facts: SheetFacts, links: Mapping[tuple[int, int], str]
) -> Iterator[Record]:
    """The rows that are not blank, in order."""
    reader: _RowReader | None = None
    for root, final in _ending(growing_tree(part)):
        reader = reader or _RowReader(prefix_of(root), facts, links)
        for row in take_below(root, reader.container, final=final):
            record = reader.read(row)
            if record is not None:
                yield record


class _RowReader:
    """Reads rows. Runs millions of times, so rare cases are kept out of the main path."""

    def __init__(
        self, prefix: str, facts: SheetFacts, links: Mapping[tuple[int, int], str]
    ) -> None:
        self.container = f"{prefix}sheetData"
        self._prefix = prefix
        self._row_tag, self._cell_tag = f"{prefix}row", f"{prefix}c"
        self._value_tag, self._formula_tag = f"{prefix}v", f"{prefix}f"
        self._inline_tag = f"{prefix}is"
        self._strings = facts.strings.texts()
        self._formats = {str(number): kind for number, kind in enumerate(facts.formats) if kind}
        self._from_1904 = facts.from_1904
        self._unsaved = facts.unsaved
        self._unsaved.count = 0
        self._links = links
        self._number = 0

    def read(self, row: Element) -> Record | None:
        if row.tag != self._row_tag:
            return None
        self._number = self._row_number(row.get("r"))
        builder = RowBuilder()
        cells, value_of, links = builder.cells, self._value, self._links
        column = -1
        for cell in row:
            position = cell.get("r")
            column = column_of(position.rstrip(_DIGITS)) if position else column + 1
            if not len(cell) or cell.tag != self._cell_tag:
                continue
            text = value_of(cell)
            if text is None and (text := self._shown(cell)) is None:
                continue
            if column == len(cells) < MAX_COLUMNS:
                cells.append(text)
            else:
                builder.put(column, text)
            if links and (link := links.get((self._number, column))):
                builder.link(column, link)
            if len(cell) > 1 and (link := self._formula_link(cell)):
                builder.link(column, link)
        return builder.take()

    def _row_number(self, position: str | None) -> int:
        number = self._number + 1
        if position and position.isascii() and position.isdigit():
            # Nine digits suffice: any longer number is beyond the last row anyway.
            number = int(position[:9])
        if number > limits.MAX_ROWS:
            raise too_many_rows()
        return number

    def _formula(self, cell: Element) -> str | None:
        return next((child.text for child in cell if child.tag == self._formula_tag), None)

    def _formula_link(self, cell: Element) -> str | None:
        formula = self._formula(cell)
        return formula_target(formula) if formula else None

    def _shown(self, cell: Element) -> str | None:
        """What a formula without a stored result shows, if that is plain to see."""
        # An empty text and an error are results.
        formula = None if cell.get("t") in {"str", "e"} else self._formula(cell)
        if not formula or any(child.tag == self._value_tag and child.text for child in cell):
            return None
        text = formula_text(formula)
        if text is None:
            self._unsaved.count += 1
        return plain_text(text) if text else None

    def _value(self, cell: Element) -> str | None:
        """The cell's value, or the stored result of its formula."""
        text = None
        for child in cell:
            if child.tag == self._value_tag:
                text = child.text
            elif child.tag == self._inline_tag:
                # As an export of ours has all its cells.
                return plain_text(_text_of(child, self._prefix), typed=True)
        kind = cell.get("t", "n")
        if not text:
            return None
        if kind == "s":
            return self._shared(text)
        if kind == "n":
            style = cell.get("s")
            number_format = self._formats.get(style, "") if style else ""
            return number_text(text, number_format, from_1904=self._from_1904)
        return _rare_value(kind, text)

    def _shared(self, text: str) -> str | None:
        try:
            # A negative number would count from the end.
            return self._strings[int(text)] if "-" not in text else None
        except (ValueError, IndexError) as problem:
            raise UnreadableFile(DAMAGED) from problem


def _rare_value(kind: str, text: str) -> str | None:
    if kind == "b":
        return "true" if text.strip() in {"1", "true"} else "false"
    if kind == "e":
        return None
    return iso_text(text) if kind == "d" else plain_text(text)
