"""A provider's person as a row like a file's, so that the same rules read both. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from houselist.people.fields import PATH_OF

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.people.rows import Cells
    from houselist.providers.base import ProviderPerson

_MAX_CELL = 10_000
# PostgreSQL's text can't hold NUL or lone surrogates; other control characters are noise.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def rows_of(people: Iterable[ProviderPerson]) -> list[Cells]:
    """The cells of each person, in the order of COLUMNS; None for what is unknown."""
    return [[_cell(getattr(person, name)) for name in PATH_OF] for person in people]


def _cell(text: str | None) -> str | None:
    if text is None:
        return None
    return _UNFIT.sub("", text).strip()[:_MAX_CELL] or None
