"""Reads the XML of workbooks as a stream, with limits: no entities, deep trees or long tags.

It uses the standard library's expat parser, and keeps nothing that the handler does not keep.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NoReturn, Protocol, cast
from xml.etree.ElementTree import TreeBuilder
from xml.parsers import expat

from houselist.files.spreadsheets.sheet import DAMAGED, MAX_SHEETS, too_large
from houselist.people.rows import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

MAX_DEPTH = 100
_PIECE = 64 * 1024
# expat keeps a tag until it is complete, and parses it again with each piece.
_MAX_TAG = 1024 * 1024
# The parser keeps the names of elements and attributes for as long as it lives.
_MAX_NAMES = 10_000
# Children of one element: more than the cells of a row, or the runs of a formatted text.
_MAX_CHILDREN = 100_000
_MAX_TEXT_PIECES = 1024


class Handler(Protocol):
    """Receives the elements.

    A handler counts the depth of elements itself, and raises too_deep() beyond MAX_DEPTH.
    """

    def start(self, name: str, attributes: dict[str, str], /) -> object: ...
    def end(self, name: str, /) -> object: ...
    def data(self, data: str, /) -> object: ...


def parse(part: IO[bytes], handler: Handler, *, namespaces: bool = False) -> Iterator[None]:
    """Parses piece by piece, and yields after each one. Raises UnreadableFile.

    Names come as written, 'prefix:local' or 'local', or with namespaces, which takes a quarter more
    time, as 'namespace local'.
    """
    parser = expat.ParserCreate(namespace_separator=" " if namespaces else None)
    parser.buffer_text = True
    parser.buffer_size = _PIECE
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _refuse_declarations
    read = 0
    try:
        while piece := part.read(_PIECE):
            parser.Parse(piece)
            read += len(piece)
            if read - parser.CurrentByteIndex > _MAX_TAG or len(parser.intern) > _MAX_NAMES:
                raise too_large("a tag")
            yield
        parser.Parse(b"", True)  # noqa: FBT003 - expat takes no names
    except expat.ExpatError as problem:
        raise UnreadableFile(DAMAGED) from problem
    yield


def growing_tree(part: IO[bytes]) -> Iterator[Element]:
    """Yields the root again and again while C code adds elements below it.

    The caller removes what is complete with take(), so that the tree stays small; the last element
    of each level may still be open. Raises UnreadableFile, also if the caller leaves too much.
    """
    builder = TreeBuilder()
    leaf, unchanged = None, 0
    for _ in parse(part, builder):
        # The builder returns its root at any time, and can go on.
        root = cast("Element | None", builder.close())
        if root is None:
            continue
        yield root
        newest = _last_leaf(root)
        unchanged = unchanged + 1 if newest is leaf else 0
        if unchanged > _MAX_TEXT_PIECES:
            raise too_large("a cell")
        leaf = newest


def _last_leaf(root: Element) -> Element:
    node, depth = root, 0
    while len(node):
        depth += 1
        if depth > MAX_DEPTH:
            raise too_deep()
        if len(node) > _MAX_CHILDREN:
            raise too_large("a row")
        node = node[-1]
    return node


def take(parent: Element, *, final: bool) -> list[Element]:
    """Removes and returns the complete children; all of them if `final`."""
    end = len(parent) if final else len(parent) - 1
    if end < 1:
        return []
    taken = parent[:end]
    del parent[:end]
    return taken


def take_below(root: Element, name: str, *, final: bool) -> list[Element]:
    """The same for the children of the root's children with that name; drops all others."""
    taken: list[Element] = []
    for child in take(root, final=final):
        if child.tag == name:
            taken += child
    for child in root:
        found = take(child, final=final)
        if child.tag == name:
            taken += found
    return taken


def _refuse_declarations(*_: object) -> NoReturn:
    """No spreadsheet program declares a document type; only attacks with entities need one."""
    raise UnreadableFile(
        "The workbook contains XML declarations that no spreadsheet program writes. "
        "Save it again as .xlsx, or send it as CSV."
    )


def too_deep() -> UnreadableFile:
    return UnreadableFile(DAMAGED)


class _Starts:
    def __init__(self) -> None:
        self.depth = 0
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep()
        self.found.append((name.rpartition(":")[2], attributes))

    def end(self, name: str) -> None:
        del name
        self.depth -= 1

    def data(self, data: str) -> None: ...


def elements(part: IO[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """The name (without prefix) and the attributes of each element, in order."""
    handler = _Starts()
    for _ in parse(part, handler):
        yield from handler.found
        handler.found.clear()


def local(attributes: dict[str, str], name: str) -> str:
    """An attribute by its name without prefix, or ''."""
    if name in attributes:
        return attributes[name]
    found = (value for key, value in attributes.items() if key.rpartition(":")[2] == name)
    return next(found, "")


def check_sheets(count: int) -> None:
    if count > MAX_SHEETS:
        raise UnreadableFile(
            f"The workbook has more than {MAX_SHEETS:,} sheets. Send only the one with people."
        )
