"""The parts of a query to People Data Labs: Elasticsearch's, as far as its pages allow them. Pure.

From the page "Input Parameters - Person Search API": no array may be longer than 1,000, nothing is
cleaned, so that values must be as they are kept, in lower case. A bool of `should` alone wants one
of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.providers.people_data_labs.limits import TITLE
from houselist.providers.people_data_labs.unconfirmed import PHRASE
from houselist.searches.shapes import UnreadableSearch
from houselist.searches.words import fold, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from houselist.providers.fields import Json

_MOST: Final = 1000


class Part(NamedTuple):
    """A part of a query.

    `finds`: it says whom to find, and not only whom to leave out. `size`: how many comparisons it
    has.
    """

    clause: Json
    finds: bool = True
    size: int = 1


def one_of(field: str, values: Iterable[str]) -> Part:
    """A field that has one of the values and nothing else."""
    found = list(dict.fromkeys(values))
    if len(found) == 1:
        return Part({"term": {field: found[0]}})
    return Part({"terms": {field: found}}, size=len(found))


def says(field: str, text: str) -> Part:
    """A text that has these words one after the other."""
    return Part({PHRASE.value: {field: text}})


def all_of(parts: Iterable[Part | None]) -> Part | None:
    """All of the parts that are not None."""
    there = [part for part in parts if part is not None]
    if len(there) <= 1:
        return there[0] if there else None
    return _joined("must", there, finds=any(part.finds for part in there))


def any_of(parts: Iterable[Part | None]) -> Part | None:
    """Any of the parts that are not None."""
    there = [part for part in parts if part is not None]
    if len(there) <= 1:
        return there[0] if there else None
    return _joined("should", there, finds=all(part.finds for part in there))


def none_of(parts: Iterable[Part | None]) -> Part | None:
    """None of the parts that are not None."""
    there = [part for part in parts if part is not None]
    if not there:
        return None
    return _joined("must_not", there, finds=not all(part.finds for part in there))


def _joined(kind: str, parts: Sequence[Part], *, finds: bool) -> Part:
    """Raises UnreadableSearch for more than a query may have."""
    size = sum(part.size for part in parts)
    if size > _MOST:
        raise UnreadableSearch(
            f"This search asks for more than {TITLE} can compare at once. Leave out some of its"
            " words or filters."
        )
    return Part({"bool": {kind: [part.clause for part in parts]}}, finds, size)


def plain(text: str) -> str:
    """A text as values are kept: in lower case, with single spaces."""
    return " ".join(text.replace('"', " ").lower().split())


def spellings(text: str) -> list[str]:
    """A whole value in lower case, as it is written and without accents."""
    written = plain(text)
    return list(dict.fromkeys(each for each in (written, plain(fold(written))) if each))


def has_words(text: str) -> bool:
    """Whether there is a word in it, or only signs."""
    return bool(words(text))
