"""A person's distance on LinkedIn, as addresses and files write it. Pure."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from houselist.searches.words import fold

Network: TypeAlias = Literal["F", "S", "O"]

_MAX_LETTERS: Final = 100
_NETWORKS: Final[dict[str, Network]] = {
    "f": "F",
    "1": "F",
    "1st": "F",
    "first": "F",
    "distance1": "F",
    "s": "S",
    "2": "S",
    "2nd": "S",
    "second": "S",
    "distance2": "S",
    "o": "O",
    "3": "O",
    "3rd": "O",
    "third": "O",
    "distance3": "O",
    "3rd+": "O",
    "outofnetwork": "O",
}


def read_network(text: str) -> Network | None:
    """A distance as people write it (`F`, `2nd`, `DISTANCE_3`), in LinkedIn's letters."""
    plain = re.sub(r"[\s_.-]+|degree|connections?", "", fold(text[:_MAX_LETTERS]))
    return _NETWORKS.get(plain)
