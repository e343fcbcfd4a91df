"""The sentences for parts of a search that a provider can't heed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# All names and values come from an address, so together they are no longer than one.
_MAX_SHOWN: Final = 60


def cannot_use(provider: str, name: str, values: Iterable[str]) -> str:
    """The sentence for a filter that is left out. `provider`: how a sentence about it begins."""
    return f"{provider} cannot use the filter {named(name, values)}."


def named(name: str, values: Iterable[str]) -> str:
    """A filter and all its values, safe to show; each value is shortened to 60 letters."""
    shown = [shortened(value) for value in values if value]
    return f"{shortened(name)} ({', '.join(shown)})" if shown else shortened(name)


def shortened(text: str) -> str:
    """A text on one line, with nothing in it that can't be seen, of at most 60 letters."""
    line = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return line if len(line) <= _MAX_SHOWN else line[: _MAX_SHOWN - 1] + "…"
