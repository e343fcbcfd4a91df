"""What can become of a source's row, and how many more people a job may take. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

# The last two are those of an undo, whose rows are the undone job's.
Outcome: TypeAlias = Literal[
    "added", "alreadyMember", "duplicate", "invalid", "overLimit", "removed", "kept"
]


class Verdict(NamedTuple):
    """What became of one row. `reason`: why, or what in the row could not be used."""

    outcome: Outcome
    reason: str | None
    prospect_id: bytes | None


class Remaining(NamedTuple):
    """How many people a job may still find, earlier members included, and how many it may add.

    None: no limit.
    """

    found: int | None
    added: int | None

    def is_used_up(self, found: int, added: int) -> bool:
        """Whether the job may take nobody else after so many."""
        return (self.found is not None and found >= self.found) or (
            self.added is not None and added >= self.added
        )
