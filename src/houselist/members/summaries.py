"""The samples of audiences, kept in the process for as long as they are true."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from houselist.members.shapes import Filled, TopValue

# Audiences of which a process keeps the sample. One takes a few kilobytes, 25 at most.
_MAX_KEPT = 500


class Sample(NamedTuple):
    """What is told of the people who were looked at, `looked_at` of them."""

    companies: list[TopValue]
    titles: list[TopValue]
    locations: list[TopValue]
    filled: Filled
    looked_at: int


class State(NamedTuple):
    """Of what a sample is true: each change of members or of people makes another state.

    `next_number`: of the next change of the audience's members. `version`: of the account group's
    people.
    """

    list_id: bytes
    next_number: int
    version: int


class Summaries:
    """One for each process, in its Services. What was not asked for longest is forgotten first."""

    def __init__(self, limit: int = _MAX_KEPT) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[bytes, bytes], tuple[State, Sample]] = OrderedDict()

    def get(self, account_group_id: bytes, audience_id: bytes, state: State) -> Sample | None:
        """The sample of an audience in this state."""
        key = account_group_id, audience_id
        kept = self._kept.get(key)
        if kept is None or kept[0] != state:
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def keep(
        self, account_group_id: bytes, audience_id: bytes, state: State, sample: Sample
    ) -> None:
        """Keeps a sample that was taken when the audience had this state already, or later."""
        key = account_group_id, audience_id
        self._kept[key] = state, sample
        self._kept.move_to_end(key)
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)
