"""Titles of jobs, short and spelled out. Pure.

People Data Labs cleans titles, and its pages show them spelled out ("co-founder and chief executive
officer"), so that a search for `CEO` would miss them.
"""

from __future__ import annotations

from houselist.providers.people_data_labs.clauses import plain
from houselist.providers.people_data_labs.unconfirmed import SPELLED_OUT


def titles(text: str) -> list[str]:
    """The title as it is written, and spelled out if it has one of these short forms."""
    written = plain(text)
    spelled = " ".join(SPELLED_OUT.value.get(word, word) for word in written.split(" "))
    return list(dict.fromkeys((written, spelled)))
