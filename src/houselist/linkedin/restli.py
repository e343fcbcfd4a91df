"""The syntax of Sales Navigator's `query=`: `(key:value,list:List(a,b))`, percent-escaped. Pure.

In the address itself a plus is a space, as in every parameter; one that was escaped is a plus.
"""

from __future__ import annotations

import re
from typing import TypeAlias
from urllib.parse import unquote

Node: TypeAlias = "str | list[Node] | dict[str, Node]"

_MAX_DEPTH = 30
# The address may be escaped as a whole, and the values within it once more.
_MAX_ESCAPES = 2
_EMPTY = "''"
_KEY = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*:\s*")
_STOPS = re.compile(r"[(),]")


class Unreadable(ValueError):
    """The text is not in this syntax, or was cut short."""


def read_record(raw: str) -> dict[str, Node]:
    """The record in a parameter, which is still escaped. Raises Unreadable."""
    for loosely in (False, True):
        text = raw.replace("+", " ")
        for _ in range(_MAX_ESCAPES + 1):
            try:
                return _Reader(text.strip(), loosely=loosely).whole()
            except Unreadable:
                # Only before unescaping do commas of values differ from those of the syntax.
                text = unquote(text)
    raise Unreadable


def _plain(text: str) -> str:
    for _ in range(_MAX_ESCAPES):
        text = unquote(text)
    text = text.strip()
    return "" if text == _EMPTY else text


class _Reader:
    """Reads a text front to back. `loosely`: a value may start with a bare parenthesis."""

    def __init__(self, text: str, *, loosely: bool) -> None:
        self._text = text
        self._loosely = loosely
        self._at = 0

    def whole(self) -> dict[str, Node]:
        if not self._take("("):
            raise Unreadable
        record = self._record(0)
        if self._at < len(self._text):
            raise Unreadable
        return record

    def _take(self, text: str) -> bool:
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _node(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise Unreadable
        if self._take("List("):
            return self._list(depth + 1)
        if not self._text.startswith("(", self._at):
            return self._value()
        if _KEY.match(self._text, self._at + 1):
            self._at += 1
            return self._record(depth + 1)
        if self._loosely:
            return self._value()
        raise Unreadable

    def _record(self, depth: int) -> dict[str, Node]:
        """What follows an opening parenthesis, up to the closing one."""
        found: dict[str, Node] = {}
        last = None
        while not self._take(")"):
            key = _KEY.match(self._text, self._at)
            if key is not None:
                self._at = key.end()
                last = key[1]
                found[last] = self._node(depth)
            else:
                # A comma that was not escaped: the value goes on (`text:Acme, Inc.`).
                before = found.get(last) if last is not None else None
                more = self._value()
                if last is None or not isinstance(before, str):
                    raise Unreadable
                found[last] = f"{before}, {more}" if more else before
            self._separator()
        return found

    def _list(self, depth: int) -> list[Node]:
        found: list[Node] = []
        self._space()
        while not self._take(")"):
            found.append(self._node(depth))
            self._separator()
        return found

    def _separator(self) -> None:
        """A comma and the space around it, or the end of the record or list."""
        self._space()
        if not self._take(",") and not self._text.startswith(")", self._at):
            raise Unreadable
        self._space()

    def _space(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1

    def _value(self) -> str:
        """Text up to a comma or a closing parenthesis that the text did not open."""
        start, inner = self._at, 0
        for stop in _STOPS.finditer(self._text, start):
            if stop[0] == "(":
                inner += 1
            elif stop[0] == ")" and inner:
                inner -= 1
            elif not inner:
                self._at = stop.start()
                return _plain(self._text[start : self._at])
        raise Unreadable
