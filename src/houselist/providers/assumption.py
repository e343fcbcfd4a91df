"""What is assumed of a provider because its public pages do not say it: one place a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = TypeVar("Value")


class Assumption(NamedTuple, Generic[Value]):
    """`value` is what the code goes by; `words` say to people what is assumed, and on what."""

    value: Value
    words: str


def words_of(names: Mapping[str, object]) -> dict[str, str]:
    """The words of the assumptions among a module's names."""
    return {name: each.words for name, each in names.items() if isinstance(each, Assumption)}
