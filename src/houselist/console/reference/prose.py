"""The Markdown of the OpenAPI document as HTML. HTML in it is shown, not obeyed."""

from __future__ import annotations

from typing import NamedTuple

from markdown_it import MarkdownIt
from markupsafe import Markup

_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


class Section(NamedTuple):
    """A part of a text, under its heading."""

    heading: str
    html: Markup


def whole(text: str) -> Markup:
    """Paragraphs, lists and tables."""
    return _safe(_READER.render(text))


def line(text: str) -> Markup:
    """What stands within one line: code and links."""
    return _safe(_READER.renderInline(text))


def _safe(html: str) -> Markup:
    return Markup(html)  # noqa: S704 - the reader escapes what is not Markdown


def sections(text: str) -> tuple[Markup, list[Section]]:
    """What stands before the first heading of the second level, and what stands below each."""
    first, *others = f"\n{text}".split("\n## ")
    parts = (each.partition("\n") for each in others)
    return whole(first), [Section(heading, whole(below)) for heading, _, below in parts]
